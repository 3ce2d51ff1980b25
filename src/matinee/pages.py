"""HTML pages that need no other file and no network: reports."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["card", "figure", "page", "table", "text"]

_CSS = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
  background: Canvas; }
td small { display: block; opacity: .7; } td.best { font-weight: 700; }
td.sure { background: var(--soft); font-weight: 600; }
figure { margin: 1rem 0; } figure img { max-width: 100%; background: #fff; padding: .5rem;
  border-radius: .4rem; }
figcaption { font-size: .9rem; opacity: .8; }
.warnings { border-left: .3rem solid #D55E00; padding: .2rem 1rem; background: var(--soft); }
code { font-size: .9em; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.2rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
summary { cursor: pointer; font-size: .9rem; }
"""


def page(title: str, body: str) -> str:
    """A whole document.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.
    """
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,">'
        f"<title>{text(title)} – Matinee</title><style>{_CSS}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def figure(kind: str, image: bytes, alt: str, caption: str) -> str:
    """An embedded image.

    Parameters
    ----------
    kind : str
        Such as ``"image/png"``.
    image : bytes
    alt : str
        What it shows, for people who do not see it; plain text.
    caption : str
        HTML.
    """
    data = base64.b64encode(image).decode("ascii")
    return (
        f'<figure><img alt="{text(alt)}" src="data:{kind};base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def table(head: str, rows: Iterable[str]) -> str:
    """A table that scrolls by itself where the page is too narrow; cells are HTML."""
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


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
    empty in the table; whole numbers are written with separators, others to two decimals.

    Parameters
    ----------
    kind : str
        ``"Ratings"``; nothing stands above the table if empty.
    name : str
    facts : mapping of str to object
    columns : sequence of str
    rows : sequence of sequences
        The first ``most`` are shown, and then how many more there are.
    note : str
        Below it.
    most : int

    Examples
    --------
    >>> card("Film", "Heat <b>", {"Ratings": 1200, "Genre": None})
    '<div><p><strong>Film</strong> Heat &lt;b&gt;</p><table><tbody><tr><th>Ratings</th><td \
style="text-align:right">1,200</td></tr></tbody></table></div>'
    """
    parts = []
    if kind or name:
        lead = f"<strong>{text(kind)}</strong>" if kind else ""
        parts.append(f"<p>{' '.join(part for part in (lead, text(name)) if part)}</p>")
    known = {key: value for key, value in (facts or {}).items() if value not in (None, "")}
    if known:
        lines = "".join(f"<tr><th>{text(key)}</th>{_cell(known[key])}</tr>" for key in known)
        parts.append(f"<table><tbody>{lines}</tbody></table>")
    if columns and rows:
        head = "".join(f"<th>{text(column)}</th>" for column in columns)
        lines = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows[:most])
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>")
        if len(rows) > most:
            parts.append(f"<p>… and {len(rows) - most:,} more</p>")
    if note:
        parts.append(f"<p>{text(note)}</p>")
    return f"<div>{''.join(parts)}</div>"


def _cell(value: object) -> str:
    right = ' style="text-align:right"'
    if value is None:
        return "<td></td>"
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, int):
        return f"<td{right}>{value:,}</td>"
    if isinstance(value, float):
        return f"<td{right}>{value:,.2f}</td>" if value == value else "<td></td>"
    return f"<td>{text(str(value))}</td>"


def text(value: str) -> str:
    """Plain text as HTML.

    Examples
    --------
    >>> text('a < "b"')
    'a &lt; &quot;b&quot;'
    """
    return html.escape(value, quote=True)
