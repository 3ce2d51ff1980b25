"""HTML pages that need no other file and no network: reports."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable

from matinee.html import card

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


def text(value: str) -> str:
    """Plain text as HTML.

    Examples
    --------
    >>> text('a < "b"')
    'a &lt; &quot;b&quot;'
    """
    return html.escape(value, quote=True)
