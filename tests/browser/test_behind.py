"""Behind the list: the model in words and pictures, and one film's fit taken apart."""

from __future__ import annotations

from itertools import pairwise

import pytest


def test_the_model_is_described(rated, tab) -> None:
    model = rated.call("GET", "/model")
    tab.goto("/behind")
    tab.wait_for_selector(".waterfall")
    page = tab.locator("#page").inner_text()
    assert f"{model['trained_on']['ratings']:,}" in page
    assert model["trained_on"]["citation"] in page
    assert model["version"] in page
    (weights,) = (list(row["weights"].values()) for row in model["members"] if row["told"] == 10)
    assert tab.locator(".band").count() == 3
    ten = tab.locator("figure:has(h3:text('After ten'))")
    shown = ten.locator(".band-key li").all_inner_texts()
    assert len(shown) == len(weights)
    assert f"{100 * weights[0] / sum(weights):.0f} %" in shown[0]
    assert ten.locator(".band-part").count() == sum(weight > 0 for weight in weights)


def test_a_film_is_taken_apart_to_its_fit(rated, tab) -> None:
    film = rated.film("The Godfather")
    told = rated.call("POST", "/explanations", {"movie_id": film["movie_id"]})
    tab.goto(f"/behind?film={film['movie_id']}")
    tab.wait_for_selector(".waterfall:has-text('Fit')")
    assert tab.locator(".behind-film h3").inner_text() == "The Godfather (1972)"
    values = [
        float(text.replace("−", "-").replace("+", ""))
        for text in tab.locator(".waterfall tbody .number").all_inner_texts()
    ]
    assert values[-1] == pytest.approx(told["fit"], abs=0.06)
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=0.05 * len(values))
    # Each bar begins where the one before it ended, and the last one spans them all.
    bars = tab.locator(".waterfall rect").evaluate_all(
        "all => all.map((one) => ['x', 'width'].map((name) => parseFloat(one.getAttribute(name))))"
    )
    ends = [(x, x + width) for x, width in bars]
    for (a, b), (c, d) in pairwise(ends[:-1]):
        assert min(abs(p - q) for p in (a, b) for q in (c, d)) < 0.5


def test_another_film_by_keyboard_stays_after_a_reload(rated, tab) -> None:
    tab.goto("/behind")
    tab.wait_for_selector(".waterfall")
    tab.locator(".behind-search input").focus()
    tab.keyboard.type("Casablanca")
    tab.wait_for_selector(".behind-search .search-option")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".behind-film h3:has-text('Casablanca')")
    assert "?film=912" in tab.url
    tab.reload()
    tab.wait_for_selector(".behind-film h3:has-text('Casablanca')")


def test_a_star_in_another_tab_moves_the_fit(rated, open_tabs) -> None:
    film = rated.film("The Godfather")["movie_id"]
    here = open_tabs(f"/behind?film={film}")
    here.wait_for_selector(".waterfall:has-text('Fit')")
    assert here.locator(".waterfall:has-text('you gave Goodfellas')").count() == 0
    there = open_tabs(f"/film/{rated.film('Goodfellas')['movie_id']}")
    there.locator(".film-ticket star-rating").press("5")
    here.wait_for_selector(".waterfall:has-text('you gave Goodfellas 5')")


def test_a_page_that_nobody_answered_goes_on_by_itself(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.route("**/api/**", lambda route: route.abort())
    tab.goto("/behind")
    tab.wait_for_selector(".state-error:has-text('Nobody answers')")
    tab.wait_for_selector("#banner:not([hidden])")
    tab.unroute("**/api/**")
    tab.wait_for_selector(".waterfall:has-text('Fit')")
    assert tab.locator("#banner").is_hidden()


def test_nothing_rated_is_no_failure(server, tab) -> None:
    tab.goto("/behind")
    tab.wait_for_selector(".behind-film p, .behind-film .waterfall")
    assert tab.locator(".state-error").count() == 0


def test_what_is_published_is_listed(rated, tab) -> None:
    version = {
        "name": "v2", "version": "aaaa00001111", "model": "blend", "dataset": "sample",
        "created": "2026-11-21T12:00:00Z", "current": True, "answers": True,
    }  # fmt: skip
    older = {**version, "name": "v1", "version": "bbbb", "current": False, "answers": False}
    tab.route("**/api/v1/models", lambda route: route.fulfill(json={"items": [version, older]}))
    tab.goto("/behind")
    rows = tab.locator("section:has(h2:text('Published models')) tbody tr")
    rows.first.wait_for()
    assert rows.count() == 2
    assert "answers" in rows.first.inner_text()
    assert "answers" not in rows.nth(1).inner_text()


def test_who_is_no_admin_is_not_bothered(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    refusal = {"title": "Forbidden", "status": 403, "detail": "admins only", "code": "forbidden"}
    tab.route("**/api/v1/models", lambda route: route.fulfill(status=403, json=refusal))
    tab.goto("/behind")
    tab.wait_for_selector(".waterfall")
    assert tab.locator("text=Published models").count() == 0
    assert tab.locator(".state-error").count() == 0


def test_figures_are_shown_where_there_are_some(rated, tab) -> None:
    model = {
        **rated.call("GET", "/model"),
        "figures": {"ndcg@10": 0.34567, "rmse": 1.2343},
        "measured": {
            "protocol": "strong-generalization",
            "people": 65,
            "dataset": "sample",
            "intervals": {"ndcg@10": [0.3, 0.41]},
        },
    }
    tab.route("**/api/v1/model", lambda route: route.fulfill(json=model))
    tab.goto("/behind")
    tab.wait_for_selector(".figures")
    ndcg, rmse = tab.locator(".figures > div").all_inner_texts()
    assert "0.346" in ndcg
    assert "0.300 to 0.410" in ndcg
    assert "the top counting most" in ndcg
    assert "1.234" in rmse
    assert tab.locator(".figures-bar").count() == 1, "only where there is an interval"
    assert "without 65 people" in tab.locator("section:has(> .figures)").inner_text()


def test_a_model_that_nobody_measured_says_so(rated, tab) -> None:
    model = {**rated.call("GET", "/model"), "figures": None, "measured": None}
    tab.route("**/api/v1/model", lambda route: route.fulfill(json=model))
    tab.goto("/behind")
    tab.wait_for_selector("text=Nobody has measured this model yet")


def test_a_failure_is_told_and_passes(rated, tab) -> None:
    tab.watch.allow("Failed to load resource")
    tab.route("**/api/v1/explanations", lambda route: route.abort())
    tab.goto("/behind")
    tab.wait_for_selector(".behind-film .state-error")
    assert "100,003" in tab.locator(".behind-facts").inner_text()
    tab.unroute("**/api/v1/explanations")
    tab.locator(".behind-film").get_by_role("button", name="Try again").click()
    tab.wait_for_selector(".waterfall")


def test_behind_can_be_read_by_everybody(rated, tab, looks, picture) -> None:
    tab.goto("/behind")
    tab.wait_for_selector(".waterfall")
    looks(tab, "behind")
    picture(tab, "behind-whole-desktop-light", full=True)
