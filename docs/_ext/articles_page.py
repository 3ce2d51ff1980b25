"""A directive that writes the figures of an article, theirs beside ours, as they were measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "articles.json"


def figures(number: int) -> list[str]:
    """The figures of an article in Markdown: the data they are of, and a table."""
    articles = json.loads(RESULTS.read_text(encoding="utf-8"))["articles"]
    (article,) = (one for one in articles if one["number"] == number)
    size = f"{article['ratings']:,} ratings, {article['users']:,} people"
    lines = [
        f"On {article['data']} ({size}). Figures of theirs in brackets cannot be compared.",
        "",
        "| what | model | theirs | ours | unit | |",
        "| --- | --- | ---: | ---: | --- | --- |",
    ]
    for one in article["figures"]:
        theirs = "–" if one["theirs"] is None else _number(one["theirs"], one["unit"])
        if one["theirs"] is not None and not one["comparable"]:
            theirs = f"({theirs})"
        ours = f"**{_number(one['ours'], one['unit'])}**"
        cells = [one["what"], one["model"], theirs, ours, one["unit"], one["note"]]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    if float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if unit == "seconds" or value > 20 else f"{value:.4f}"


class ArticleFigures(SphinxDirective):
    """``article-figures``: the figures of the article with this number."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[Any]:
        """Write the table."""
        self.env.note_dependency(str(RESULTS))
        self.env.note_dependency(__file__)
        return self.parse_text_to_nodes("\n".join(figures(int(self.arguments[0]))))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("article-figures", ArticleFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
