"""What all pages have: the frame, the way between pages, search, themes, weight, manners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser.chrome import PHONE
from tests.browser.conftest import Server

PATHS = ("/", "/start", "/map", "/films", "/together", "/behind")
# What a person must load before seeing the first list, all files and answers unpacked.
MOST_BYTES = 235_000  # with the two faces


def test_the_first_view_is_light(rated, tab) -> None:
    answers = []
    tab.on("response", lambda answer: answers.append(answer))
    tab.goto("/")
    tab.wait_for_selector(".wall film-card:nth-child(20)")
    tab.wait_for_load_state("networkidle")
    weights = {answer.url: len(answer.body()) for answer in answers if answer.status == 200}
    assert len(weights) > 10
    assert sum(weights.values()) < MOST_BYTES, weights


def test_the_navigation_reaches_every_page_without_a_reload(rated, tab) -> None:
    tab.goto("/")
    tab.evaluate("window.stayed = true")
    names = tab.locator("#nav a").all_inner_texts()
    assert len(names) == len(PATHS)
    for path in PATHS[1:]:
        tab.click(f'#nav a[href="{path}"]')
        tab.wait_for_selector("#page h1")
        tab.wait_for_url(f"**{path}")
        assert tab.locator("#nav [aria-current=page]").get_attribute("href") == path
    tab.go_back()
    tab.wait_for_selector('#nav a[href="/together"][aria-current=page]')
    assert tab.evaluate("window.stayed") is True


def test_an_unknown_page_says_so(server, tab, axe, picture) -> None:
    tab.watch.allow("404")
    assert tab.goto("/nowhere").status == 404
    tab.wait_for_selector("text=Nothing is shown at this address")
    axe(tab)
    picture(tab, "lost-desktop-light")
    tab.click("text=To tonight’s list")
    tab.wait_for_selector(".wall film-card")
    tab.evaluate(
        "history.pushState({}, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate'))"
    )
    tab.wait_for_selector("text=Nothing is shown at this address")


def test_an_unknown_film_says_so(server, tab) -> None:
    tab.watch.allow("404")
    tab.goto("/film/no-such-film")
    tab.wait_for_selector(".state-error")
    assert tab.locator(".state-error h1").inner_text().casefold() == "not found"
    tab.click("text=To tonight’s list")
    tab.wait_for_selector(".wall film-card")


def test_search_by_keyboard_alone(rated, tab) -> None:
    tab.goto("/")
    tab.wait_for_selector(".wall film-card")
    tab.keyboard.press("/")
    box = tab.locator("#search input")
    assert box.evaluate("one => one === document.activeElement")
    tab.keyboard.type("silence lambs")
    tab.wait_for_selector("#search [role=option]")
    assert box.get_attribute("aria-expanded") == "true"
    chosen = tab.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/film/593")
    tab.wait_for_selector("h1:has-text('The Silence of the Lambs')")
    # Whoever listens learns where they are: focus is on the new heading.
    tab.wait_for_function("() => document.activeElement.tagName === 'H1'")


def test_search_closes_with_escape_and_says_when_nothing_is_found(server, tab) -> None:
    tab.goto("/")
    tab.wait_for_selector("h1")
    tab.keyboard.press("/")
    tab.keyboard.type("zzzzqqqq")
    tab.wait_for_selector("#search .search-none")
    assert "No film of that name" in tab.locator("#search [role=status]").inner_text()
    tab.keyboard.press("Escape")
    assert tab.locator("#search input").get_attribute("aria-expanded") == "false"


def test_the_theme_is_kept_over_a_reload(server, tab) -> None:
    tab.goto("/")
    tab.wait_for_selector("h1")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = tab.evaluate(ground)
    tab.get_by_role("button", name="Dark theme").click()
    assert tab.evaluate(ground) != light
    tab.reload()
    tab.wait_for_selector("h1")
    assert tab.evaluate(ground) != light
    tab.get_by_role("button", name="Light theme").click()
    assert tab.evaluate(ground) == light


def test_scripts_and_styles_come_only_from_the_server(server, tab) -> None:
    policy = tab.goto("/").headers["content-security-policy"]
    assert re.search(r"script-src 'self'(;|$)", policy)
    assert re.search(r"style-src 'self'(;|$)", policy)
    assert "unsafe" not in policy
    assert tab.locator("[style]:not(html *)").count() == 0
    assert tab.locator("script:not([src])").count() == 0


@pytest.mark.parametrize("path", ["/", "/start", "/film/296"])
def test_no_page_is_wider_than_a_phone(rated, open_tabs, path) -> None:
    tab = open_tabs(path, viewport={"width": 360, "height": 740})
    tab.wait_for_selector("film-poster svg")
    assert tab.evaluate("document.documentElement.scrollWidth") == 360


def test_controls_are_large_enough_for_a_finger(rated, open_tabs) -> None:
    tab = open_tabs("/", viewport=PHONE)
    tab.wait_for_selector(".wall film-card")
    tab.click(".dials-drawer summary")
    small = tab.evaluate(
        """[...document.querySelectorAll("button, input, summary, star-rating, nav a")]
             .filter((one) => one.checkVisibility())
             .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
             .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []


def test_titles_on_posters_stand_out(server, tab) -> None:
    """Every set of inks keeps 4.5:1 between a title and its ground (WCAG 2.2, 1.4.3)."""
    tab.goto("/")
    tab.wait_for_selector("h1")
    weak = tab.evaluate(
        """async () => {
             const { palettes } = await import("/assets/js/poster/palettes.js");
             const light = (colour) => {
               const parts = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
                 .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
               return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
             };
             return palettes().map(({ genre, ground, title }) => {
               const [a, b] = [light(ground), light(title)].sort((x, y) => y - x);
               return [genre, ground, title, (a + 0.05) / (b + 0.05)];
             }).filter(([, , , contrast]) => contrast < 4.5);
           }"""
    )
    assert weak == []


def test_the_same_film_has_the_same_poster_and_titles_stay_on_the_sheet(server, tab) -> None:
    tab.goto("/")
    tab.wait_for_selector("h1")
    films = server.call("GET", "/films?sort=ratings&limit=50")["items"]
    films += [
        {"movie_id": "x1", "title": "M", "year": 1931, "genres": []},
        {"movie_id": "x2", "title": "8½", "year": None, "genres": ["Drama"]},
        {"movie_id": "x3", "title": "(500) Days of Summer", "year": 2009, "genres": ["Nonsense"]},
        {"movie_id": "x4", "title": "七人の侍", "year": 1954, "genres": ["Action"]},
        {"movie_id": "x5", "title": "Supercalifragilisticexpialidocious", "year": 1, "genres": []},
        {
            "movie_id": "x6",
            "title": "Dr. Strangelove or: How I Learned to Stop Worrying and Love "
            "the Bomb, in a Version with Many More Words",
            "year": 1964,
            "genres": ["War"],
        },
        {"movie_id": "x7", "title": "   ", "year": 2000, "genres": []},
    ]
    found = tab.evaluate(
        """async (films) => {
             const { poster } = await import("/assets/js/poster/poster.js");
             const box = document.querySelector("#page");
             return films.map((film) => {
               const [one, other] = [poster(film), poster(film)];
               box.append(one);
               const sheet = one.getBoundingClientRect();
               // Letters that are a picture run off the sheet; lines of a title may not.
               const lines = [...one.querySelectorAll("text[lengthAdjust]")]
                 .filter((line) => line.getAttribute("textLength") !== "222");
               const off = lines.filter((line) => {
                 const at = line.getBoundingClientRect();
                 // A line that climbs has its em box to its left, where nothing is drawn.
                 const slack = (line.closest("[transform]") ? 14 : 1) * (sheet.width / 200);
                 return at.left < sheet.left - slack || at.right > sheet.right + slack;
               }).length;
               const same = one.outerHTML === other.outerHTML;
               const broken = /NaN|undefined|Infinity/.test(one.outerHTML);
               one.remove();
               return [film.title, same, off, broken];
             }).filter(([, same, off, broken]) => !same || off || broken);
           }""",
        films,
    )
    assert found == []


@pytest.fixture
def below(tmp_path_factory: pytest.TempPathFactory, trained_model: Path) -> Iterator[Server]:
    """The application below a path, as behind a proxy that leaves the path on."""
    found = Server(tmp_path_factory.mktemp("below"), trained_model, "--root-path", "/films")
    found.start()
    yield found
    found.stop()


def test_below_the_path_of_a_proxy_everything_works(below, open_tabs) -> None:
    film = below.film("Heat")["movie_id"]
    tab = open_tabs(f"/films/film/{film}", server=below)
    tab.locator(".film-ticket star-rating").press("5")
    tab.wait_for_selector("#toasts:has-text('Heat: 5')")
    assert below.call("GET", "/me")["ratings"] == 1
    tab.get_by_role("link", name="A list in this mood").click()
    tab.wait_for_url(f"**/films/?like={film}")
    tab.wait_for_selector("film-card[ticket]")
    tab.click("#nav a:has-text('Behind the list')")
    tab.wait_for_url("**/films/behind")
    tab.wait_for_selector(".waterfall")
    tab.reload()
    tab.wait_for_selector("#nav [aria-current=page]:has-text('Behind the list')")


def test_a_page_of_another_model_is_read_anew_and_stores_nothing(rated, open_tabs) -> None:
    film = rated.film("Casablanca")["movie_id"]
    tab = open_tabs(f"/film/{film}")
    tab.wait_for_selector(".film-ticket star-rating")
    tab.watch.allow("Failed to load resource")

    def stale(route) -> None:
        headers = {**route.request.headers, "matinee-model": "0123456789ab"}
        route.continue_(headers=headers)

    def other(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "matinee-model": "ffff00001111"})

    # What the page sends is for the model before; the answer tells of the one that answers now.
    tab.route("**/api/v1/me/ratings/**", stale)
    tab.locator(".film-ticket star-rating").press("5")
    tab.wait_for_selector("#toasts:has-text('That was not saved')")
    assert rated.call("GET", f"/films/{film}")["mine"]["stars"] is None
    tab.unroute("**/api/v1/me/ratings/**", stale)
    tab.route("**/api/v1/me/ratings/**", other)
    with tab.expect_event("load"):
        tab.locator(".film-ticket star-rating").press("5")
