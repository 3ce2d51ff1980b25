"""Film: details, my stars, what the model predicts and why, what is like it."""

from __future__ import annotations

import re


def open_film(server, tab, title: str = "Pulp Fiction") -> dict:
    film = server.film(title)
    tab.goto(f"/film/{film['movie_id']}")
    tab.wait_for_selector(".film-similar film-card")
    return film


def test_details_reasons_and_similar_films(rated, tab) -> None:
    film = open_film(rated, tab)
    assert tab.title() == "Pulp Fiction (1994) – Matinee"
    for genre in film["genres"]:
        assert genre.casefold() in tab.locator(".film-text > .label").inner_text().casefold()
    said = rated.call("POST", "/explanations", {"movie_id": film["movie_id"]})
    assert f"{said['stars']:.1f}" in tab.locator(".film-stub").inner_text()
    texts = tab.locator(".reason-text").all_inner_texts()
    assert len(texts) == min(8, len(said["reasons"]))
    assert any(re.search(r"you gave Heat 4½", text) for text in texts)
    similar = rated.call("GET", f"/films/{film['movie_id']}/similar?limit=12")["items"]
    names = tab.locator(".film-similar .card-title a").all_inner_texts()
    assert names == [one["title"] for one in similar]


def test_stars_change_in_place_and_can_be_taken_back(rated, tab) -> None:
    film = open_film(rated, tab)
    stars = tab.locator(".film-ticket star-rating")
    stars.press("4")
    tab.wait_for_selector(".toast")
    assert rated.call("GET", f"/films/{film['movie_id']}")["mine"]["stars"] == 4
    tab.get_by_role("button", name="Undo").click()
    tab.wait_for_selector(".film-ticket star-rating[aria-valuenow='0']")
    stars.press("2")
    tab.wait_for_selector(".film-ticket star-rating[aria-valuenow='2']")
    tab.wait_for_selector(".toast:has-text('Pulp Fiction: 2')")
    tab.reload()
    tab.wait_for_selector(".film-ticket star-rating[aria-valuenow='2']")
    stars.press("Delete")
    tab.wait_for_selector(".toast:has-text('Stars taken')")
    assert rated.call("GET", f"/films/{film['movie_id']}")["mine"]["stars"] is None


def test_what_if_a_rating_were_not_there(rated, tab) -> None:
    film = open_film(rated, tab)
    fargo = rated.film("Fargo")["movie_id"]
    row = tab.locator(".reasons li", has_text="Fargo")
    row.get_by_role("button", name="Leave out").click()
    tab.wait_for_selector(".left-out")
    without = rated.call(
        "POST", "/explanations", {"movie_id": film["movie_id"], "leave_out": [fargo]}
    )
    said = tab.locator(".what-if").inner_text()
    assert f"{without['stars']:.1f}" in said
    assert f"{without['stars']:.1f}" in tab.locator(".film-stub").inner_text()
    # Nothing was changed by asking, and the button that was pressed still has the focus.
    assert rated.call("GET", "/me")["ratings"] == 8
    assert tab.evaluate("document.activeElement.textContent").startswith("Put back")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".left-out", state="detached")


def test_a_mark_is_told_to_another_tab(rated, open_tabs) -> None:
    one, other = open_tabs(None), open_tabs(None)
    open_film(rated, one)
    open_film(rated, other)
    one.get_by_role("button", name="Watchlist").first.click()
    other.wait_for_selector(".film-marks [aria-pressed=true]")


def test_from_a_film_to_a_list_in_its_mood_and_back(rated, tab) -> None:
    film = open_film(rated, tab)
    tab.click("text=A list in this mood")
    tab.wait_for_url(f"**/?like={film['movie_id']}")
    tab.wait_for_selector(".wall film-card")
    assert "Pulp Fiction" in tab.locator(".dials .chips").first.inner_text()
    tab.go_back()
    tab.wait_for_selector(".film h1")


def test_reasons_that_do_not_come_can_be_asked_for_again(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.route("**/explanations", lambda route: route.abort())
    open_film(rated, tab)
    tab.wait_for_selector(".film-why >> text=does not answer")
    tab.unroute("**/explanations")
    tab.locator(".film-why").get_by_role("button", name="Try again").click()
    tab.wait_for_selector(".reasons li")


def test_a_film_for_somebody_without_ratings(server, tab) -> None:
    open_film(server, tab)
    assert tab.locator(".film-stub b").inner_text() != ""


def test_everybody_can_use_it(rated, tab, looks) -> None:
    open_film(rated, tab)
    looks(tab, "film")
