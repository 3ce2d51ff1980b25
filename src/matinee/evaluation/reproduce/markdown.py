"""A reproduction as a page of Markdown, for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matinee.evaluation.reproduce.findings import Article, Lists, Reproduction

__all__ = ["to_markdown"]


def to_markdown(found: Reproduction) -> str:
    """A page with a section for each article.

    Parameters
    ----------
    found : Reproduction

    Returns
    -------
    str

    Examples
    --------
    >>> from matinee.evaluation.reproduce import reproduce
    >>> page = to_markdown(reproduce([3], "sample", quick=True))
    >>> page.splitlines()[0]
    '# The five articles, reproduced'
    """
    return "\n".join(_lines(found)).rstrip() + "\n"


def _lines(found: Reproduction) -> Iterator[str]:
    yield "# The five articles, reproduced"
    yield ""
    yield (
        f"Written by `matinee reproduce --data DIR --markdown FILE` of Matinee "
        f"{found.versions.get('matinee', '')}, seed {found.seed}."
    )
    yield ""
    if found.quick:
        yield "**A quick trial with few people, folds and epochs: its figures mean nothing.**"
        yield ""
    yield (
        "*Theirs* are the articles' own figures; *–* stands where they give none. A figure of "
        "theirs in brackets cannot be compared with ours, for the reason beside it. "
        "Behind each film of a list stands how many people rated it in the data."
    )
    yield ""
    for article in found.articles:
        yield from _article(article)
    for skipped in found.skipped:
        yield f"## {skipped.about.number}. {skipped.about.title}"
        yield ""
        yield f"Skipped: {skipped.reason}."
        yield ""


def _article(article: Article) -> Iterator[str]:
    about = article.about
    yield f"## {about.number}. {about.title}"
    yield ""
    yield about.summary
    yield ""
    yield (
        f"Repeated on {article.data}: {article.ratings:,} ratings, {article.users:,} people, "
        f"{article.films:,} rated films."
    )
    yield ""
    if article.on_sample:
        yield "**This is the bundled sample: figures cannot be compared with theirs.**"
        yield ""
    rows = []
    for figure in article.figures:
        what, model, theirs, ours, unit = figure.row()
        if figure.theirs is not None and not figure.comparable:
            theirs = f"({theirs})"
        rows.append([what, model, theirs, f"**{ours}**", unit, figure.note])
    yield from _table(["what", "model", "theirs", "ours", "unit", ""], rows, right=(2, 3))
    yield "What differs from the article:"
    yield ""
    for difference in about.differences:
        yield f"- {difference}"
    yield ""
    for remark in article.remarks:
        lead, blank, rest = remark.partition("\n\n")
        yield lead
        yield ""
        if blank:
            yield from ("```text", *rest.splitlines(), "```", "")
    for lists in article.lists:
        yield from _lists(lists)


def _lists(lists: Lists) -> Iterator[str]:
    yield f"### {lists.title}"
    yield ""
    if lists.note:
        yield lists.note
        yield ""
    labels = ["", *(column.label for column in lists.columns)]
    rows = []
    for cells in lists.rows():
        place = int(cells[0]) - 1
        row = [cells[0]]
        for column, text in zip(lists.columns, cells[1:], strict=True):
            few = f" · {column.films[place].ratings:,}" if text else ""
            row.append(text + few)
        rows.append(row)
    yield from _table(labels, rows, right=(0,))


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> Iterator[str]:
    yield f"| {' | '.join(map(_cell, head))} |"
    rules = ("---:" if column in right else "---" for column in range(len(head)))
    yield f"| {' | '.join(rules)} |"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
