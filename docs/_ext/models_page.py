"""Directives that write the page of models from the registry: its table and its sections."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from matinee.models import MODELS, model_class


def table() -> list[str]:
    """A row for each model, in Markdown: what it is, and what it can answer."""
    lines = ["| short name | what it is | stars | similar films | reasons |"]
    lines.append("| --- | --- | :-: | :-: | :-: |")
    for name in MODELS:
        model = model_class(name)
        abilities = (model.predicts_stars, model.finds_similar, model.explains)
        ticks = " | ".join("✓" if able else "" for able in abilities)
        lines.append(f"| [`{name}`](#{name}) | {model.summary} | {ticks} |")
    return lines


def sections() -> list[str]:
    """A section for each model, in Markdown, with the documentation of its class."""
    lines = []
    for name in MODELS:
        model = model_class(name)
        target = f"{model.__module__}.{model.__qualname__}"
        lines += [f"## `{name}`", "", "```{eval-rst}", f".. autoclass:: {target}", "```", ""]
    return lines


class ModelTable(SphinxDirective):
    """``model-table``: all models and what they can answer."""

    def run(self) -> list[Any]:
        return self.parse_text_to_nodes("\n".join(table()))


class ModelSections(SphinxDirective):
    """``model-sections``: a section for each model."""

    def run(self) -> list[Any]:
        return self.parse_text_to_nodes("\n".join(sections()), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("model-table", ModelTable)
    app.add_directive("model-sections", ModelSections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
