"""For two or more: members, guests, strategies, who gives way."""

from __future__ import annotations

from typing import Any

LINES = """Toy Story = 5
Notting Hill (1999) = 4.5
The Lion King: 4½
Aliens 2/10
Zzqq of Nowhere = 3
Heat"""


def add_guest(tab: Any, name: str = "Robin", lines: str = LINES) -> None:
    tab.get_by_role("button", name="A guest").click()
    tab.get_by_label("Name").fill(name)
    tab.get_by_text("Paste a list instead").click()
    tab.get_by_label("One film a line").fill(lines)
    tab.get_by_role("button", name="Read the lines").click()
    tab.wait_for_function("() => document.querySelectorAll('.guest-films li').length >= 4")
    tab.wait_for_selector("button:has-text('Read the lines'):not([disabled])")


def test_a_guest_of_pasted_lines_and_films_for_both(rated, tab) -> None:
    tab.goto("/together")
    tab.wait_for_selector("text=Who else is watching?")
    add_guest(tab)
    films = tab.locator(".guest-films li > span").all_inner_texts()
    assert films == [
        "Toy Story (1995)",
        "Notting Hill (1999)",
        "The Lion King (1994)",
        "Aliens (1986)",
    ]
    stars = tab.locator(".guest-films star-rating").evaluate_all("all => all.map(one => one.value)")
    assert stars == [5, 4.5, 4.5, 1]
    wrong = tab.locator(".guest .field-error").inner_text()
    assert "Zzqq of Nowhere" in wrong
    assert "Heat (no stars from ½ to 5)" in wrong
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.wait_for_selector(".group-film")
    assert tab.locator(".group-film").count() == 12
    assert tab.locator(".opinion-name").first.inner_text() == "You"
    assert tab.locator(".member").nth(1).inner_text().startswith("Robin")
    for film in tab.locator(".group-film").all():
        assert film.locator(".opinions li").count() == 2


def test_who_gives_way_is_told_as_the_server_says(rated, tab) -> None:
    tab.goto("/together")
    add_guest(tab)
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.wait_for_selector(".group-film")
    with tab.expect_response("**/api/v1/groups") as waiting:
        tab.get_by_label("Best on average").check()
    answer = waiting.value.json()
    assert answer["strategy"] == "average"
    tab.wait_for_function(
        "(title) => document.querySelector('.group-film h3 a')?.textContent === title",
        arg=answer["items"][0]["title"],
    )
    shown = [
        film.locator(".gives-way b").inner_text() if film.locator(".gives-way").count() else None
        for film in tab.locator(".group-film").all()
    ]
    assert shown == [one["gives_way"] for one in answer["items"]]


def test_guests_outlive_a_reload_and_can_be_changed_and_sent_home(rated, tab) -> None:
    tab.goto("/together")
    add_guest(tab)
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.wait_for_selector(".group-film")
    tab.reload()
    tab.wait_for_selector(".group-film")
    tab.get_by_role("button", name="Change").click()
    tab.get_by_role("button", name="Without Aliens (1986)").or_(
        tab.get_by_role("button", name="Without Aliens")
    ).first.click()
    tab.get_by_role("button", name="Keep").click()
    tab.wait_for_selector(".member:has-text('3 films')")
    tab.get_by_role("button", name="Robin is not watching").click()
    tab.wait_for_selector("text=Who else is watching?")
    tab.reload()
    tab.wait_for_selector("text=Who else is watching?")


def test_a_star_in_another_tab_changes_the_films(rated, open_tabs) -> None:
    here = open_tabs("/together")
    here.wait_for_selector(".member")
    add_guest(here)
    here.get_by_role("button", name="Add", exact=True).click()
    here.wait_for_selector(".group-film")
    first = here.locator(".group-film h3 a").first
    path = first.get_attribute("href")
    there = open_tabs(path)
    there.get_by_role("button", name="Seen it").click()
    here.wait_for_function(
        "(path) => document.querySelector('.group-film h3 a')?.getAttribute('href') !== path",
        arg=path,
    )


def test_a_guest_by_keyboard(rated, tab) -> None:
    tab.goto("/together")
    tab.get_by_role("button", name="A guest").focus()
    tab.keyboard.press("Enter")
    tab.keyboard.type("Kim")
    tab.keyboard.press("Tab")
    tab.keyboard.type("Casablanca")
    tab.wait_for_selector(".guest .search-option")
    tab.keyboard.press("Enter")
    # The focus is on the stars of the film.
    tab.keyboard.press("End")
    tab.keyboard.press("Enter")
    stars = tab.locator(".guest-films star-rating").evaluate("one => one.value")
    assert stars == 5
    tab.get_by_label("Name").press("Enter")
    tab.wait_for_selector(".group-film")


def test_what_is_missing_of_a_guest_is_told(rated, tab) -> None:
    tab.goto("/together")
    tab.get_by_role("button", name="A guest").click()
    tab.get_by_label("Name").fill("You")
    tab.get_by_label("Name").press("Enter")
    assert "There is a You already" in tab.locator(".guest .field-error").inner_text()
    tab.get_by_label("Name").fill("Kim")
    tab.get_by_label("Name").press("Enter")
    assert "at least one film" in tab.locator(".guest .field-error").inner_text()
    tab.get_by_role("button", name="Cancel").click()
    assert tab.locator(".guest").count() == 0


def test_people_of_the_household_can_be_chosen(rated, tab) -> None:
    person = rated.call("POST", "/people", {"name": "Ann"})
    try:
        tab.goto("/together")
        tab.get_by_role("button", name="Ann").click()
        tab.wait_for_selector(".group-film")
        assert "Ann: no ratings yet" in tab.locator(".group-result").inner_text()
    finally:
        rated.call("DELETE", f"/people/{person['person_id']}")


def test_dials_hold_for_the_group(rated, tab) -> None:
    tab.goto("/together")
    add_guest(tab)
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.wait_for_selector(".group-film")
    tab.get_by_text("Dials", exact=True).click()
    with tab.expect_response("**/api/v1/groups") as waiting:
        tab.get_by_role("button", name="Animation: either way").click()
    assert all("Animation" in one["genres"] for one in waiting.value.json()["items"])


def test_pasted_lines_are_read_in_many_ways(server, tab) -> None:
    tab.goto("/together")
    tab.wait_for_selector(".member")
    read = tab.evaluate(
        """async (lines) => {
          const { readLines } = await import("/assets/js/together/lines.js");
          return readLines(lines.join("\\n")).map(({ title, year, stars }) => [title, year, stars]);
        }""",
        [
            "Heat = 4.5",
            "Heat (1995): 4½",
            "Se7en 5",
            "12 Angry Men – 9/10",
            "Up, ½",
            "2001: A Space Odyssey = 3,5",
            "Alien ★",
            "Nine 11",
            "Ten = 6",
            "Movie 43 = 0",
            "  ",
            "Apollo 13 (1995) 4/5 stars",
        ],
    )
    assert read == [
        ["Heat", None, 4.5],
        ["Heat", 1995, 4.5],
        ["Se7en", None, 5],
        ["12 Angry Men", None, 4.5],
        ["Up", None, 0.5],
        ["2001: A Space Odyssey", None, 3.5],
        ["Alien ★", None, None],
        ["Nine 11", None, None],
        ["Ten", None, None],
        ["Movie 43", None, None],
        ["Apollo 13", 1995, 4],
    ]


def test_a_failure_is_told_and_passes(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.goto("/together")
    tab.route("**/api/v1/groups", lambda route: route.abort())
    add_guest(tab)
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.wait_for_selector(".group-result .state-error")
    tab.unroute("**/api/v1/groups")
    tab.get_by_role("button", name="Try again").click()
    tab.wait_for_selector(".group-film")
    assert tab.locator(".member").count() == 2


def test_together_can_be_used_by_everybody(rated, tab, looks) -> None:
    tab.goto("/together")
    tab.wait_for_selector(".member")
    add_guest(tab)
    looks(tab, "guest")
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.wait_for_selector(".group-film")
    looks(tab, "together")
