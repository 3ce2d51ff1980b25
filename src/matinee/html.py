"""HTML: pages from Jinja templates, and objects as a notebook shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["card", "cell", "render"]


def render(template: str, **values: Any) -> str:
    """A page from one of the templates in ``matinee/templates``; all text is escaped."""
    from matinee import __version__

    return _environment().get_template(template).render(version=__version__, **values)


@cache
def _environment() -> Environment:
    from base64 import b64encode

    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("matinee"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["base64"] = lambda content: b64encode(content).decode("ascii")
    environment.filters["cell"] = cell
    return environment


def card(
    kind: str,
    name: str = "",
    facts: Mapping[str, object] | None = None,
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[object]] = (),
    note: str = "",
    most: int = 20,
) -> str:
    """An object as a notebook shows it: what it is, its figures, and a table of what is in it.

    All is plain text, and is escaped. What is None or empty is left out of the figures and left
    empty in the table; whole numbers are written with separators, others to two decimals. The first
    ``most`` rows are shown, and then how many more there are.

    Examples
    --------
    >>> card("Film", "Heat <b>", {"Ratings": 12000, "Genre": None})
    '<div><p><strong>Film</strong> Heat &lt;b&gt;</p><table><tbody><tr><th>Ratings</th><td \
style="text-align:right">12,000</td></tr></tbody></table></div>'
    """
    parts = []
    if kind or name:
        lead = f"<strong>{escape(kind)}</strong>" if kind else ""
        parts.append(f"<p>{' '.join(part for part in (lead, escape(name)) if part)}</p>")
    known = {key: value for key, value in (facts or {}).items() if value not in (None, "")}
    if known:
        lines = "".join(f"<tr><th>{escape(key)}</th>{_cell(known[key])}</tr>" for key in known)
        parts.append(f"<table><tbody>{lines}</tbody></table>")
    if columns and rows:
        head = "".join(f"<th>{escape(column)}</th>" for column in columns)
        lines = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows[:most])
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>")
        if len(rows) > most:
            parts.append(f"<p>… and {len(rows) - most:,} more</p>")
    if note:
        parts.append(f"<p>{escape(note)}</p>")
    return f"<div>{''.join(parts)}</div>"


def _cell(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    right = ' style="text-align:right"' if is_number and value == value else ""
    return f"<td{right}>{escape(cell(value))}</td>"


def cell(value: object) -> str:
    """A value for a table: large whole numbers with separators, others to two decimals."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
