"""Start: a few films, one at a time, until the list is settled or the person has enough."""

from __future__ import annotations

TITLE = ".start-title"


def begin(tab) -> str:
    tab.goto("/start")
    tab.wait_for_selector(".start-poster film-poster svg")
    return tab.locator(TITLE).inner_text()


def next_film(tab, before: str) -> str:
    tab.wait_for_function(
        "(before) => document.querySelector('.start-title')?.innerText !== before"
        " && !document.querySelector('.start-stage.busy')",
        arg=before,
    )
    return tab.locator(TITLE).inner_text()


def test_answers_by_keyboard_and_a_list_that_settles(server, tab) -> None:
    film = begin(tab)
    asked = server.call("POST", "/ask-next", {})
    assert film.casefold() == asked["items"][0]["title"].casefold()
    assert tab.locator(".start-ask .why").inner_text().casefold() == asked["items"][0]["why"]
    assert tab.locator(".start-list film-card").count() == 0
    assert tab.locator("meter").evaluate("one => one.value") == 0
    seen = [film]
    for key in ("5", "Shift+4", "n", "2", "5", "n", "4"):
        tab.keyboard.press(key)
        film = next_film(tab, film)
        assert film not in seen
        seen.append(film)
    assert sorted(one["stars"] for one in server.call("GET", "/me/ratings")["items"]) == [
        2, 3.5, 4, 5, 5,
    ]  # fmt: skip
    assert tab.locator(".start-list film-card").count() == 6
    assert tab.locator("meter").evaluate("one => one.value") > 0
    assert "5 ratings" in tab.locator(".start-side").inner_text()
    tab.click("text=show me tonight")
    tab.wait_for_selector(".tonight-feature film-card")
    assert "5 ratings" in tab.locator(".tonight-says").inner_text()


def test_halves_with_arrows_and_enter(server, tab) -> None:
    film = begin(tab)
    stars = tab.locator(".start-stars")
    for key in ("ArrowRight",) * 3:
        tab.keyboard.press(key)
    # The first arrow only goes to the stars; nothing is said before Enter.
    assert stars.get_attribute("aria-valuetext") == "1 of 5 stars"
    assert server.call("GET", "/me")["ratings"] == 0
    tab.keyboard.press("Enter")
    next_film(tab, film)
    assert server.call("GET", "/me/ratings")["items"][0]["stars"] == 1
    assert stars.get_attribute("aria-valuetext") == "not rated"


def test_by_pointer_and_back(server, tab) -> None:
    first = begin(tab)
    assert tab.get_by_role("button", name="Back one film").count() == 0
    tab.get_by_role("button", name="Haven’t seen it").click()
    second = next_film(tab, first)
    box = tab.locator(".start-stars").bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 0.85, box["y"] + box["height"] / 2)
    third = next_film(tab, second)
    assert server.call("GET", "/me/ratings")["items"][0]["stars"] == 4.5
    tab.get_by_role("button", name="Back one film").click()
    assert next_film(tab, third) == second
    assert server.call("GET", "/me")["ratings"] == 0
    tab.keyboard.press("b")
    assert next_film(tab, second) == first


def test_a_reload_in_the_middle_asks_nothing_twice(server, tab) -> None:
    first = begin(tab)
    tab.keyboard.press("n")
    second = next_film(tab, first)
    tab.keyboard.press("4")
    third = next_film(tab, second)
    assert begin(tab) == third
    assert server.call("GET", "/me")["ratings"] == 1


def test_another_tab_moves_the_list(server, open_tabs) -> None:
    here, there = open_tabs(None), open_tabs(None)
    begin(here)
    there.goto(f"/film/{server.film('Alien')['movie_id']}")
    there.locator(".film-ticket star-rating").press("5")
    here.wait_for_selector(".start-side:has-text('from 1 rating')")
    assert here.locator(".start-list film-card").count() == 6


def test_an_answer_that_was_not_saved_is_not_passed_over(server, tab) -> None:
    tab.watch.allow("Failed to load resource")
    film = begin(tab)
    tab.route("**/me/ratings/*", lambda route: route.abort())
    tab.keyboard.press("4")
    tab.wait_for_selector(".toast-error")
    assert tab.locator(TITLE).inner_text() == film
    tab.unroute("**/me/ratings/*")
    tab.keyboard.press("4")
    next_film(tab, film)
    assert server.call("GET", "/me")["ratings"] == 1


def test_nothing_to_ask_says_so(server, tab) -> None:
    def answer(route) -> None:
        said = route.fetch().json()
        route.fulfill(json={**said, "items": []})

    tab.route("**/ask-next", answer)
    tab.goto("/start")
    tab.wait_for_selector("text=every film worth asking about")


def test_everybody_can_use_it(rated, tab, looks) -> None:
    begin(tab)
    looks(tab, "start")
