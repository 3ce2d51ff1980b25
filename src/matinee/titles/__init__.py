"""Finding films by what people call them: titles taken apart, compared and looked up."""

from __future__ import annotations

from matinee.titles.index import TitleIndex, TitleMatch
from matinee.titles.parse import ParsedTitle, parse_title

__all__ = ["ParsedTitle", "TitleIndex", "TitleMatch", "parse_title"]
