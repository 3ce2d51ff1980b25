"""Tonight: the list, its dials, and what one does with its films."""

from __future__ import annotations

import re


def test_the_list_comes_with_reasons(rated, tab) -> None:
    tab.goto("/")
    tab.wait_for_selector(".wall film-card")
    assert tab.title() == "Tonight – Matinee"
    assert tab.locator("h1").inner_text().casefold() == "what should i watch tonight?"
    assert tab.locator(".wall film-card").count() == 24
    assert re.search(r"because you gave .+ [0-5½]", tab.locator(".tonight-feature .why").inner_text())
    assert "8 ratings" in tab.locator(".tonight-says").inner_text()
