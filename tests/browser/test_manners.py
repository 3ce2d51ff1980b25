"""Manners of all pages: where the focus is, calm on request, paper, and who listens."""

from __future__ import annotations

import pytest

# What shows where the focus is: an outline, on the element or on the part that stands for it.
MARKED = """() => {
  const at = document.activeElement;
  const seen = [at, at.closest("label"), at.nextElementSibling, at.parentElement];
  const marked = seen.filter(Boolean).some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const box = at.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight;
  return [at.outerHTML.slice(0, 80), marked, inside];
}"""
STOPS = 30


@pytest.mark.parametrize("path", ["/", "/film/318", "/films", "/films?tab=data", "/together"])
def test_the_focus_is_always_seen(rated, tab, path) -> None:
    tab.goto(path)
    tab.wait_for_selector("#page h1")
    tab.wait_for_load_state("networkidle")
    stops = []
    for _ in range(STOPS):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement === document.body"):
            break
        stops.append(tab.evaluate(MARKED))
    assert len(stops) > 10
    assert [stop for stop in stops if not (stop[1] and stop[2])] == []


def test_the_first_tab_leads_past_the_navigation(rated, tab) -> None:
    tab.goto("/")
    tab.wait_for_selector(".wall film-card")
    tab.keyboard.press("Tab")
    skip = tab.locator(".skip")
    assert skip.evaluate("one => one === document.activeElement")
    assert skip.bounding_box()["y"] >= 0
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.querySelector('#page').contains(document.activeElement)")


def test_nothing_moves_for_who_wants_calm(rated, open_tabs) -> None:
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    calm, lively = open_tabs("/", calm=True), open_tabs("/", calm=False)
    for page in (calm, lively):
        page.wait_for_selector(".wall film-card")
        page.evaluate(
            """() => {
                 window.most = 0;
                 const look = () => {
                   window.most = Math.max(window.most, MOVING);
                   requestAnimationFrame(look);
                 };
                 look();
               }""".replace("MOVING", moving)
        )
        page.locator(".tonight-feature").get_by_role("button", name="Watchlist").click()
        page.wait_for_selector(".toast")
        page.get_by_role("button", name="1990s").click()
        page.wait_for_url("**from=1990**")
    assert calm.evaluate("window.most") == 0
    assert lively.evaluate("window.most") > 0


def test_paper_has_the_films_and_nothing_to_press(rated, tab) -> None:
    tab.emulate_media(media="print", color_scheme="dark")
    tab.goto("/")
    tab.wait_for_selector(".wall film-card")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert tab.evaluate(ground) == "rgb(255, 255, 255)"
    assert tab.locator(".wall film-poster").first.is_visible()
    ink = "getComputedStyle(document.querySelector('h1')).color"
    assert tab.evaluate(ink) == "rgb(35, 24, 18)"
    for pressed in (".marquee", ".dials-drawer", ".card-actions", ".tonight-more"):
        assert not tab.locator(pressed).first.is_visible(), pressed


def test_what_happens_is_said_to_who_listens(rated, tab) -> None:
    tab.goto("/")
    tab.wait_for_selector(".wall film-card")
    said = tab.locator("#announcer")
    assert said.get_attribute("aria-live") == "polite"
    name = tab.locator(".wall film-card h3 a").first.inner_text()
    tab.locator(".wall film-card").first.get_by_role("button", name="Watchlist").click()
    tab.wait_for_function(
        "(name) => document.querySelector('#announcer').textContent.includes(name)", arg=name
    )
    tab.get_by_role("button", name="Comedy: either way").click()
    tab.wait_for_function(
        "() => /films in the list/.test(document.querySelector('#announcer').textContent)"
    )
