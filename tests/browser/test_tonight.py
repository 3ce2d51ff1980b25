"""Tonight: the list, its dials, and what one does with its films."""

from __future__ import annotations

import re

import pytest
from tests.browser.chrome import PHONE

CARDS = ".tonight-list film-card"
SHOWN = "[...document.querySelectorAll('.tonight-list film-card')].map((one) => one.dataset.film)"


# The rows of the wall are full, or there are no more films.
WHOLE = """() => {
  const cards = [...document.querySelectorAll(".wall film-card")];
  const columns = getComputedStyle(document.querySelector(".wall")).gridTemplateColumns.split(" ");
  const more = [...document.querySelectorAll(".tonight-more button")].some((one) => !one.hidden);
  return cards.length > 0 && (!more || cards.length % columns.length === 0);
}"""


def ready(tab) -> list[str]:
    tab.wait_for_selector(".wall film-card")
    tab.wait_for_function(WHOLE)
    return tab.evaluate(SHOWN)


def changed(tab, before: list[str]) -> list[str]:
    """The films of the list, once they are others than before."""
    tab.wait_for_function(f"(before) => ({SHOWN}).join() !== before", arg=",".join(before))
    return tab.evaluate(SHOWN)


def test_the_list_comes_with_stars_and_reasons(rated, tab) -> None:
    tab.goto("/")
    films = ready(tab)
    assert len(films) > 15
    assert tab.title() == "Tonight – Matinee"
    assert tab.locator("h1").inner_text().casefold() == "what should i watch tonight?"
    asked = rated.call("POST", "/recommendations", {"n": 25})["items"]
    assert films == [film["movie_id"] for film in asked][: len(films)]
    feature = tab.locator(".tonight-feature")
    assert re.search(r"because you gave .+ [0-5½]", feature.locator(".why").inner_text())
    assert f"{asked[0]['stars']:.1f}" in feature.locator(".ticket-stub").inner_text()
    assert "8 ratings" in tab.locator(".tonight-says").inner_text()
    assert "4½" in tab.locator(".tonight-list").inner_text()


def test_a_newcomer_is_led_to_start(server, tab) -> None:
    tab.goto("/")
    ready(tab)
    tab.wait_for_selector("text=this list becomes yours")
    tab.click('.welcome a[href="/start"]')
    tab.wait_for_url("**/start")


def test_a_rated_film_goes_and_the_next_comes_in(rated, open_tabs) -> None:
    tab = open_tabs("/", calm=False)
    before = ready(tab)
    first = tab.locator(f'.wall [data-film="{before[1]}"]')
    first.locator("star-rating").press("5")
    after = changed(tab, before)
    assert before[1] not in after
    assert len(after) == len(before)
    assert rated.call("GET", f"/films/{before[1]}")["mine"]["stars"] == 5
    tab.get_by_role("button", name="Undo").click()
    back = changed(tab, after)
    assert before[1] in back
    assert rated.call("GET", f"/films/{before[1]}")["mine"]["stars"] is None


def test_half_stars_by_pointer(rated, tab) -> None:
    tab.goto("/")
    film = ready(tab)[0]
    stars = tab.locator(".tonight-feature star-rating")
    box = stars.bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 0.68, box["y"] + box["height"] / 2)
    tab.wait_for_selector(".toast")
    assert "3½" in tab.locator(".toast").inner_text()
    assert rated.call("GET", f"/films/{film}")["mine"]["stars"] == 3.5


def test_stars_by_keyboard(rated, tab) -> None:
    tab.goto("/")
    film = ready(tab)[2]
    stars = tab.locator(f'[data-film="{film}"] star-rating')
    assert stars.get_attribute("aria-valuetext") == "not rated"
    stars.focus()
    for key in ("End", "ArrowLeft"):
        tab.keyboard.press(key)
    assert stars.get_attribute("aria-valuetext") == "4½ of 5 stars"
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".toast")
    assert rated.call("GET", f"/films/{film}")["mine"]["stars"] == 4.5
    # The film has gone; focus is on the one that took its place.
    tab.wait_for_function(
        "() => document.activeElement.closest('film-card') && "
        f"document.activeElement.closest('film-card').dataset.film !== '{film}'"
    )


@pytest.mark.parametrize(
    ("name", "kind"), [("Seen it", "seen"), ("Not interested", "not_interested")]
)
def test_seen_and_not_interested_take_a_film_away(rated, tab, name, kind) -> None:
    tab.goto("/")
    before = ready(tab)
    tab.locator(f'[data-film="{before[3]}"]').get_by_role("button", name=name).click()
    after = changed(tab, before)
    assert before[3] not in after
    assert rated.call("GET", f"/films/{before[3]}")["mine"][kind] is True
    tab.keyboard.press("Control+z")
    assert before[3] in changed(tab, after)


def test_the_watchlist_button_stays_pressed_over_a_reload(rated, tab) -> None:
    tab.goto("/")
    film = ready(tab)[4]
    button = tab.locator(f'[data-film="{film}"]').get_by_role("button", name="Watchlist")
    button.click()
    tab.wait_for_selector(".toast")
    assert button.get_attribute("aria-pressed") == "true"
    tab.reload()
    ready(tab)
    tab.wait_for_selector(f'[data-film="{film}"] [aria-pressed=true]')


def test_dials_change_the_list_and_the_address_keeps_them(rated, tab) -> None:
    tab.goto("/")
    before = ready(tab)
    tab.get_by_role("button", name="1990s").click()
    nineties = changed(tab, before)
    horror = tab.get_by_role("button", name="Horror")
    horror.click()
    only = changed(tab, nineties)
    horror.click()
    without = changed(tab, only)
    tail = tab.get_by_role("slider", name="Known or hidden")
    tail.press("End")
    hidden = changed(tab, without)
    for film in hidden:
        details = rated.call("GET", f"/films/{film}")
        assert 1990 <= details["year"] <= 1999
        assert "Horror" not in details["genres"]
    tab.wait_for_url(re.compile(r"without=Horror.*from=1990.*hidden=1"))
    tab.reload()
    assert ready(tab) == hidden
    assert tail.get_attribute("aria-valuetext") == "100 % towards hidden gems"
    tab.get_by_role("button", name="All dials to neutral").click()
    assert changed(tab, hidden) == before
    tab.wait_for_url(re.compile(r"/$"))


def test_more_like_a_film(rated, tab) -> None:
    tab.goto("/")
    before = ready(tab)
    search = tab.get_by_role("combobox", name="More like this film")
    search.fill("toy story")
    tab.wait_for_selector(".dials [role=option]")
    search.press("Enter")
    after = changed(tab, before)
    toy = rated.film("Toy Story")["movie_id"]
    tab.wait_for_url(f"**/?like={toy}")
    asked = rated.call("POST", "/recommendations", {"n": 25, "like": [toy]})["items"]
    assert after == [film["movie_id"] for film in asked][: len(after)]
    tab.reload()
    assert ready(tab) == after
    tab.get_by_role("button", name="No longer like Toy Story").click()
    assert changed(tab, after) == before


def test_dials_that_leave_nothing_say_so(rated, tab) -> None:
    tab.goto("/?genres=Film-Noir&from=2010&to=2019&least=1000")
    tab.wait_for_selector("text=No film is left")
    tab.locator(".state").get_by_role("button", name="All dials to neutral").click()
    ready(tab)


def test_more_films(rated, tab) -> None:
    tab.goto("/")
    before = ready(tab)
    tab.get_by_role("button", name="More films").click()
    after = changed(tab, before)
    assert after[: len(before)] == before
    for width in (900, 500):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_function(WHOLE)


def test_a_server_that_fails_and_recovers(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.route(
        "**/api/v1/recommendations",
        lambda route: route.fulfill(
            status=500,
            content_type="application/problem+json",
            body='{"title": "Internal Server Error", "status": 500, "code": "internal", '
            '"detail": "something broke; the log has more"}',
        ),
    )
    tab.goto("/")
    tab.wait_for_selector(".state-error")
    assert "something broke" in tab.locator(".state-error").inner_text()
    tab.unroute("**/api/v1/recommendations")
    tab.get_by_role("button", name="Try again").click()
    ready(tab)
    assert tab.locator(".state-error").count() == 0


def test_a_server_that_goes_away_while_looking(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.goto("/")
    before = ready(tab)
    tab.route("**/api/**", lambda route: route.abort())
    tab.locator(".tonight-feature").get_by_role("button", name="Seen it").click()
    tab.wait_for_selector("#banner:not([hidden])")
    assert "was not saved" in tab.locator(".toast-error").inner_text()
    assert tab.evaluate(SHOWN) == before
    tab.unroute("**/api/**")
    tab.wait_for_selector("#banner", state="hidden")
    tab.wait_for_selector("text=Matinee answers again")
    tab.locator(".tonight-feature").get_by_role("button", name="Seen it").click()
    assert before[0] not in changed(tab, before)


def test_training_is_shown_and_the_page_goes_on_by_itself(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    body = (
        '{"title": "Service Unavailable", "status": 503, "code": "not-ready", "detail": "wait", '
        '"training": {"stage": "weights", "done": 30, "total": 120}}'
    )
    busy = [True]

    def answer(route) -> None:
        if busy[0]:
            route.fulfill(status=503, content_type="application/problem+json", body=body)
        else:
            route.continue_()

    tab.route(re.compile("/api/v1/(recommendations|genres|ready)"), answer)
    tab.goto("/")
    tab.wait_for_selector("progress.training-bar")
    assert tab.locator("progress").evaluate("one => one.value") == 0.25
    assert "weights" in tab.locator(".state").inner_text()
    busy[0] = False
    ready(tab)


def test_two_tabs_follow_each_other(rated, open_tabs) -> None:
    one, other = open_tabs("/"), open_tabs("/")
    before = ready(one)
    assert ready(other) == before
    one.locator(f'[data-film="{before[5]}"]').get_by_role("button", name="Seen it").click()
    after = changed(one, before)
    assert changed(other, before) == after
    watch = other.locator(f'[data-film="{after[2]}"]').get_by_role("button", name="Watchlist")
    watch.click()
    one.wait_for_selector(f'[data-film="{after[2]}"] [aria-pressed=true]')


def test_a_reload_in_the_middle_loses_nothing(rated, tab) -> None:
    tab.goto("/")
    before = ready(tab)
    with tab.expect_request("**/me/ratings/*"):
        tab.locator(f'[data-film="{before[1]}"] star-rating').press("4")
    tab.reload()
    assert before[1] not in ready(tab)
    assert rated.call("GET", "/me")["ratings"] == 9


def test_titles_are_text_and_never_markup(rated, tab) -> None:
    def answer(route) -> None:
        items = route.fetch().json()
        items["items"][0]["title"] = "<img src=x onerror=document.title='broken'>"
        route.fulfill(json=items)

    tab.route("**/api/v1/recommendations", answer)
    tab.goto("/")
    ready(tab)
    assert tab.locator(".tonight-feature h3 a").inner_text().startswith("<")
    assert tab.locator("img").count() == 0
    assert tab.title() == "Tonight – Matinee"


def test_everybody_can_use_it(rated, tab, axe, looks) -> None:
    tab.goto("/")
    ready(tab)
    looks(tab, "tonight")
    tab.set_viewport_size(PHONE)
    tab.click(".dials-drawer summary")
    axe(tab)


def test_a_newcomer_can_use_it(server, tab, looks) -> None:
    tab.goto("/")
    ready(tab)
    looks(tab, "welcome")
