"""My films: the lists, taste, import with the review desk, export, deleting everything."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from tests.browser.conftest import TASTE

LETTERBOXD = """Date,Name,Year,Letterboxd URI,Rating
2024-01-02,Casablanca,1942,https://boxd.it/a,4.5
2024-01-02,Blade Runer,1982,https://boxd.it/b,5
2024-01-03,Some Film of Tomorrow,2031,https://boxd.it/c,3
2024-01-03,Brazil,1985,https://boxd.it/d,9
"""


def upload(tab: Any, text: str = LETTERBOXD, name: str = "ratings.csv") -> None:
    tab.set_input_files(
        "#import-file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    tab.wait_for_selector(".import-report")


def titles(tab: Any) -> list[str]:
    return tab.locator(".film-row-title").all_inner_texts()


# -- lists --------------------------------------------------------------------------------------


def test_rated_films_in_three_orders(rated, tab) -> None:
    tab.goto("/films")
    tab.wait_for_selector(".film-row")
    assert "8 films rated" in tab.locator(".lead").inner_text()
    order = tab.get_by_label("Order")
    order.select_option("title")
    shown = """(titles) => String(titles) ===
      String([...document.querySelectorAll(".film-row-title")].map((one) => one.textContent))"""
    tab.wait_for_function(shown, arg=sorted(TASTE, key=str.casefold))
    order.select_option("stars")
    tab.wait_for_function("""() => {
      const stars = [...document.querySelectorAll(".film-row star-rating")].map((one) => one.value);
      return stars.length === 8 && stars.every((one, i) => i === 0 || one <= stars[i - 1]);
    }""")


def test_stars_change_in_place_by_keyboard_and_come_back(rated, tab) -> None:
    tab.goto("/films")
    row = tab.locator(".film-row", has_text="Titanic")
    row.locator("star-rating").focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".toast:has-text('Titanic: 2½')")
    titanic = rated.film("Titanic")["movie_id"]
    assert rated.call("GET", f"/films/{titanic}")["mine"]["stars"] == 2.5
    tab.get_by_role("button", name="Undo").click()
    tab.wait_for_function(
        """() => [...document.querySelectorAll(".film-row")]
             .find((row) => row.textContent.includes("Titanic"))
             ?.querySelector("star-rating").value === 2"""
    )


def test_a_rating_taken_away_leaves_the_list_in_every_tab(rated, open_tabs) -> None:
    one, other = open_tabs("/films"), open_tabs("/films")
    for tab in (one, other):
        tab.wait_for_selector(".film-row")
    one.get_by_role("button", name="Take the stars of Clueless away").click()
    for tab in (one, other):
        tab.wait_for_selector(".film-row:has-text('Clueless')", state="detached")
        tab.wait_for_selector(".lead:has-text('7 films rated')")
    one.get_by_role("button", name="Undo").click()
    for tab in (one, other):
        tab.wait_for_selector(".film-row:has-text('Clueless')")


def test_marked_films_and_their_tabs_by_keyboard(rated, tab) -> None:
    for title in ("Casablanca", "Rear Window"):
        rated.call("PUT", f"/me/marks/watchlist/{rated.film(title)['movie_id']}")
    tab.goto("/films")
    tab.wait_for_selector(".film-row")
    tab.get_by_role("tab", name="Rated").focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_selector("text=Nothing marked as seen")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_selector(".film-row:has-text('Casablanca')")
    assert tab.url.endswith("?tab=watchlist")
    tab.reload()
    tab.wait_for_selector(".film-row:has-text('Rear Window')")
    tab.get_by_role("button", name="Take Casablanca off this list").click()
    tab.wait_for_selector(".film-row:has-text('Casablanca')", state="detached")
    assert rated.call("GET", "/me")["watchlist"] == 1


def test_long_lists_come_in_pages(server, tab) -> None:
    found = server.call("GET", "/films?sort=ratings&limit=60")["items"]
    for film in found:
        server.call("PUT", f"/me/ratings/{film['movie_id']}", {"stars": 4})
    tab.goto("/films")
    tab.wait_for_selector(".film-row")
    assert len(titles(tab)) == 50
    tab.get_by_role("button", name="More of 60 films").click()
    tab.wait_for_function("() => document.querySelectorAll('.film-row').length === 60")
    assert len(set(titles(tab))) == 60


def test_nothing_rated_yet_leads_somewhere(server, tab) -> None:
    tab.goto("/films")
    tab.get_by_role("link", name="Rate a few").click()
    tab.wait_for_url("**/start")


# -- taste --------------------------------------------------------------------------------------


def test_taste_is_drawn_and_can_be_read(rated, tab) -> None:
    told = rated.call("POST", "/taste", {})
    tab.goto("/films?tab=taste")
    tab.wait_for_selector(".findings li")
    shown = tab.locator(".findings li").all_inner_texts()
    assert shown == [text.replace(".5 stars", "½ stars") for text in told["findings"]]
    assert "1½ stars" in " ".join(shown)
    genres = {one["name"]: one for one in told["genres"] if one["films"] >= 2}
    for row in tab.locator(".gaps").first.locator("tbody tr").all():
        name = row.locator("th").inner_text()
        cells = row.locator("td.number").all_inner_texts()
        one = genres[name]
        assert cells[0] == str(one["films"])
        assert float(cells[1]) == pytest.approx(one["mean"], abs=0.051)
    # What is drawn is what is written: the mark of one's own mean stands where the scale says.
    first = tab.locator(".gaps").first.locator("tbody tr").first
    mean = genres[first.locator("th").inner_text()]["mean"]
    at = float(first.locator(".mark-mine").get_attribute("cx").rstrip("%"))
    assert at == pytest.approx(100 * (mean - 0.5) / 4.5)


# -- import, export, deleting -------------------------------------------------------------------


def test_import_with_the_review_desk(rated, tab) -> None:
    tab.goto("/films?tab=data")
    upload(tab)
    counts = tab.locator(".import-counts").inner_text()
    for said in ("ready to come in", "to look at", "not in the catalogue", "skipped"):
        assert said in counts
    assert rated.call("GET", "/me")["ratings"] == 8, "nothing is written yet"
    tab.get_by_text("1 row skipped, and why").click()
    assert "Brazil" in tab.locator(".reasons").inner_text()
    # The desk by keyboard: an arrow chooses.
    choice = tab.locator(".desk-entry", has_text="Blade Runer").get_by_role("radio").first
    choice.focus()
    tab.keyboard.press("Space")
    assert "All decided" in tab.locator(".desk-told").inner_text()
    tab.get_by_role("button", name="Bring in 1 row and 1 decision").click()
    tab.wait_for_selector("text=Your films are in")
    assert rated.call("GET", "/me")["ratings"] == 11, "one that no model knows yet is kept"
    runner = rated.film("Blade Runner")["movie_id"]
    assert rated.call("GET", f"/films/{runner}")["mine"]["stars"] == 5
    # Again: all of it is there already, the decision included.
    tab.get_by_role("button", name="Another file").click()
    upload(tab)
    assert "to look at" not in tab.locator(".import-counts").inner_text()
    assert tab.get_by_role("button", name="Nothing to bring in").is_disabled()


def test_an_import_is_taken_back(rated, tab) -> None:
    tab.goto("/films?tab=data")
    upload(tab)
    tab.get_by_role("button", name="Bring in 1 row").click()
    tab.get_by_role("button", name="Take this import back").click()
    tab.wait_for_selector("text=2 rows of ratings.csv taken back")
    assert rated.call("GET", "/me")["ratings"] == 8


def test_a_reload_in_the_middle_of_an_import_loses_nothing(rated, tab) -> None:
    tab.goto("/films?tab=data")
    upload(tab)
    tab.get_by_role("button", name="Take the likeliest film everywhere").click()
    tab.reload()
    tab.get_by_role("button", name="Go on").click()
    tab.wait_for_selector(".desk-told:has-text('All decided')")
    tab.get_by_role("button", name="Put the file away").click()
    tab.wait_for_selector(".drop")
    assert rated.call("GET", "/me/imports")["items"] == []


def test_a_film_that_the_desk_does_not_offer_can_be_found(server, tab) -> None:
    tab.goto("/films?tab=data")
    upload(tab)
    tab.get_by_text("1 title that nothing here is like").click()
    entry = tab.locator(".desk-unknown .desk-entry")
    entry.get_by_role("combobox").fill("Metropolis")
    tab.wait_for_selector(".desk-unknown .search-option")
    tab.keyboard.press("Enter")
    assert entry.get_by_role("radio", checked=True).count() == 1
    tab.get_by_role("button", name=re.compile("Bring in 1 row and 1 decision")).click()
    tab.wait_for_selector("text=Your films are in")
    film = server.film("Metropolis")["movie_id"]
    assert server.call("GET", f"/films/{film}")["mine"]["stars"] == 3


@pytest.mark.parametrize(
    ("name", "text"), [("nonsense.csv", "a;b\n1;2\n"), ("empty.csv", ""), ("x.zip", "no zip")]
)
def test_a_file_that_cannot_be_read_is_told(server, tab, name, text) -> None:
    tab.watch.allow("Failed to load resource")
    tab.goto("/films?tab=data")
    tab.wait_for_selector(".drop")
    tab.set_input_files(
        "#import-file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    tab.wait_for_selector(".drop-wrong")
    said = tab.locator(".drop-wrong").inner_text()
    assert said.startswith(f"{name}: ")
    assert len(said) > len(name) + 20
    # Another file can be chosen at once.
    upload(tab)


def test_a_dropped_file_is_read(server, tab) -> None:
    tab.goto("/films?tab=data")
    tab.wait_for_selector(".drop")
    tab.evaluate(
        """(text) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], "ratings.csv", { type: "text/csv" }));
          const drop = new DragEvent("drop", { dataTransfer: transfer, cancelable: true });
          document.querySelector(".drop").dispatchEvent(drop);
        }""",
        LETTERBOXD,
    )
    tab.wait_for_selector(".import-report")


def test_exports_hold_everything(rated, tab) -> None:
    tab.goto("/films?tab=data")
    with tab.expect_download() as waiting:
        tab.get_by_role("link", name="Export JSON").click()
    told = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert waiting.value.suggested_filename.endswith(".json")
    assert "Vertigo" in json.dumps(told)
    with tab.expect_download() as waiting:
        tab.get_by_role("link", name="Export CSV").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8"))))
    assert len(rows) == 8


def test_everything_is_deleted_only_after_typing_it(rated, tab) -> None:
    tab.goto("/films?tab=data")
    tab.get_by_role("button", name="Delete everything …").click()
    sure = tab.get_by_role("dialog").get_by_role("button", name="Delete everything")
    assert sure.is_disabled()
    tab.keyboard.type("delete")
    assert sure.is_disabled()
    tab.keyboard.press("Escape")
    assert rated.call("GET", "/me")["ratings"] == 8
    tab.get_by_role("button", name="Delete everything …").click()
    tab.keyboard.type("delete everything")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".toast:has-text('8 ratings')")
    assert rated.call("GET", "/me")["ratings"] == 0
    tab.wait_for_selector(".lead:has-text('you can take it along')")


# -- failures, and everybody --------------------------------------------------------------------


def test_a_failure_is_told_where_it_is_and_passes(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    broken = {"title": "Error", "status": 500, "detail": "It broke.", "code": "internal"}
    tab.route("**/api/v1/taste", lambda route: route.fulfill(status=500, json=broken))
    tab.goto("/films?tab=taste")
    tab.wait_for_selector(".tab-panel .state-error:has-text('It broke.')")
    assert tab.get_by_role("tab", name="Rated").is_visible()
    tab.unroute("**/api/v1/taste")
    tab.get_by_role("button", name="Try again").click()
    tab.wait_for_selector(".findings li")


def test_stars_that_cannot_be_saved_go_back(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.goto("/films")
    row = tab.locator(".film-row", has_text="Titanic")
    row.wait_for()
    tab.route("**/api/v1/me/ratings/*", lambda route: route.abort())
    row.locator("star-rating").focus()
    tab.keyboard.press("End")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".toast-error:has-text('not saved')")
    assert row.locator("star-rating").evaluate("one => one.value") == 2


def test_my_films_can_be_used_by_everybody(rated, tab, looks) -> None:
    tab.goto("/films")
    tab.wait_for_selector(".film-row")
    looks(tab, "films")
    tab.get_by_role("tab", name="My taste").click()
    tab.wait_for_selector(".findings li")
    looks(tab, "taste", full=True)


def test_bringing_films_along_can_be_used_by_everybody(rated, tab, looks) -> None:
    tab.goto("/films?tab=data")
    tab.wait_for_selector(".drop")
    looks(tab, "data")
    upload(tab)
    looks(tab, "import")
