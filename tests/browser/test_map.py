"""Map: the canvas, what it tells, the list beside it."""

from __future__ import annotations

import re
from typing import Any

HOVERED = ".map-tip:not([hidden])"


def open_map(tab: Any) -> None:
    tab.goto("/map")
    tab.wait_for_selector("film-map.ready")


def counted(tab: Any) -> int:
    found = re.match(r"([\d,]+) films? in view", tab.locator(".map-panel h2").inner_text(), re.I)
    assert found
    return int(found[1].replace(",", ""))


def wait_for_count(tab: Any, films: int, *, still: bool = True) -> None:
    """Until so many films are in view, or no longer so many."""
    tab.wait_for_function(
        """([n, still]) =>
             document.querySelector(".map-panel h2").textContent.startsWith(`${n} `) === still""",
        arg=[f"{films:,}", still],
    )


def inked(tab: Any) -> int:
    """How many pixels of the canvas are drawn on."""
    return int(
        tab.evaluate(
            """() => {
              const canvas = document.querySelector("film-map canvas");
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              let inked = 0;
              for (let i = 3; i < data.length; i += 4) inked += data[i] > 0;
              return inked;
            }"""
        )
    )


def test_the_map_is_drawn_and_a_film_opens(rated, tab) -> None:
    open_map(tab)
    assert tab.title() == "Map – Matinee"
    assert counted(tab) > 1000
    assert inked(tab) > 5000
    # A film of the list, shown on the canvas: the pointer finds it where the map says it is.
    first = tab.locator(".map-list a").first
    first.hover()
    title = first.locator(".map-name").inner_text()
    assert title in tab.locator(HOVERED).inner_text()
    tip = tab.locator(HOVERED).bounding_box()
    assert tip is not None
    tab.locator("#map-search").fill(title)
    tab.locator("#map-search").press("Enter")
    tab.wait_for_selector(HOVERED)
    canvas = tab.locator("film-map canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    tab.wait_for_url("**/film/*")
    tab.get_by_role("heading", name=title, level=1, exact=True).wait_for()


def test_search_genres_and_my_films_light_films_up(rated, tab) -> None:
    open_map(tab)
    everything = counted(tab)
    tab.locator("#map-search").fill("STAR WARS")
    tab.wait_for_function("() => document.querySelectorAll('.map-list a').length < 20")
    names = tab.locator(".map-name").all_inner_texts()
    assert names
    assert all("star wars" in name.casefold() for name in names)
    tab.locator("#map-search").press("Escape")
    tab.wait_for_function("() => document.querySelectorAll('.map-list a').length === 40")
    western = tab.get_by_role("button", name="Western")
    western.click()
    assert western.get_attribute("aria-pressed") == "true"
    assert 0 < counted(tab) < everything
    western.click()
    tab.get_by_role("button", name="My films").click()
    assert counted(tab) == 8
    assert all("yours" in text for text in tab.locator(".map-stars").all_inner_texts())
    tab.locator("#map-search").fill("no film is called so")
    tab.wait_for_selector(".map-elsewhere")
    assert "No film of the map is like that" in tab.locator(".map-list").inner_text()


def test_keys_move_zoom_walk_and_open(rated, tab) -> None:
    open_map(tab)
    everything = counted(tab)
    canvas = tab.locator("film-map canvas")
    canvas.focus()
    for _ in range(4):
        tab.keyboard.press("+")
    wait_for_count(tab, everything, still=False)
    closer = counted(tab)
    assert 0 < closer < everything
    tab.keyboard.press("PageDown")
    first = tab.locator(HOVERED).inner_text()
    tab.keyboard.press("PageDown")
    assert tab.locator(HOVERED).inner_text() != first
    assert tab.locator(".map-list a.on").count() == 1
    tab.keyboard.press("Escape")
    assert tab.locator(HOVERED).count() == 0
    tab.keyboard.press("0")
    wait_for_count(tab, everything)
    tab.keyboard.press("PageDown")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/film/*")


def test_wheel_and_drag_move_the_view(server, tab) -> None:
    open_map(tab)
    everything = counted(tab)
    box = tab.locator("film-map canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    for _ in range(6):
        tab.mouse.wheel(0, -300)
    changed = "(was) => document.querySelector('.map-list').textContent !== was"
    wait_for_count(tab, everything, still=False)
    before = tab.locator(".map-list").text_content()
    tab.mouse.down()
    tab.mouse.move(x + 250, y + 120, steps=5)
    tab.mouse.up()
    tab.wait_for_function(changed, arg=before)
    assert tab.url.endswith("/map"), "a drag is no click"


def test_a_finger_looks_first_and_then_opens(rated, open_tabs) -> None:
    page = open_tabs("/map?film=318", viewport={"width": 390, "height": 844}, touch=True)
    page.wait_for_selector(HOVERED)
    box = page.locator("film-map canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.touchscreen.tap(box["x"] + 5, box["y"] + 5)
    page.wait_for_selector(HOVERED, state="hidden")
    page.touchscreen.tap(x, y)
    page.wait_for_selector(HOVERED)
    assert page.url.endswith("film=318")
    page.touchscreen.tap(x, y)
    page.wait_for_url("**/film/*")


def test_two_fingers_zoom(server, open_tabs) -> None:
    page = open_tabs("/map", viewport={"width": 390, "height": 844}, touch=True)
    page.wait_for_selector("film-map.ready")
    everything = counted(page)
    box = page.locator("film-map canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: int) -> None:
        points = [{"x": x + place, "y": y, "id": i} for i, place in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def spread(begin: int, end: int) -> None:
        touch("touchStart", -begin, begin)
        for step in range(1, 9):
            apart = begin + (end - begin) * step // 8
            touch("touchMove", -apart, apart)
        touch("touchEnd")

    spread(15, 150)
    wait_for_count(page, everything, still=False)
    assert counted(page) < everything / 2
    assert page.url.endswith("/map"), "two fingers are no click"
    spread(150, 10)
    wait_for_count(page, everything)


def test_a_star_in_another_tab_lights_a_film_here(rated, open_tabs) -> None:
    here = open_tabs("/map")
    here.wait_for_selector("film-map.ready")
    here.get_by_role("button", name="My films").click()
    assert counted(here) == 8
    there = open_tabs("/film/2571")
    there.locator(".film-ticket star-rating").focus()
    there.keyboard.press("End")
    there.keyboard.press("Enter")
    here.wait_for_function(
        "() => document.querySelector('.map-panel h2').textContent.startsWith('9 ')"
    )


def test_a_failure_is_told_and_passes(server, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.route("**/api/v1/map/points", lambda route: route.abort())
    tab.goto("/map")
    tab.wait_for_selector(".state-error")
    assert "Matinee does not answer" in tab.locator(".state-error").inner_text()
    tab.unroute("**/api/v1/map/points")
    tab.get_by_role("button", name="Try again").click()
    tab.wait_for_selector("film-map.ready")


def test_a_damaged_map_is_told(server, tab) -> None:
    tab.watch.allow("MapFormatError|This is no map")
    tab.route("**/api/v1/map/points", lambda route: route.fulfill(body=b"x" * 64))
    tab.goto("/map")
    tab.wait_for_selector(".state-error")
    assert tab.get_by_role("button", name="Try again").is_visible()


def test_a_model_without_a_map_says_so(server, tab) -> None:
    tab.route("**/api/v1/map", lambda route: route.fulfill(json={"available": False}))
    tab.goto("/map")
    tab.wait_for_selector("text=No map yet")


def test_the_map_can_be_looked_at_by_everybody(rated, tab, looks) -> None:
    tab.goto("/map")
    tab.wait_for_selector("film-map.ready")
    looks(tab, "map")
