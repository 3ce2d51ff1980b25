"""Words: those of the titles, the genres, and the tags that people gave."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import polars as pl

from matinee.catalog import Catalog
from matinee.explore.chart import Chart, share

__all__ = ["genre_cloud", "tag_cloud", "tags", "title_words", "words_of"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ROMAN = re.compile(r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})")
_NUMBER = re.compile(r"\d{1,2}")
_SHOWN_TAGS = 25
_KEPT_WORDS = 200

# Articles and the small words between others, in the languages of MovieLens' titles.
_SMALL_WORDS = """
    a an the of and or in on at to for from by with without into over under as is it its be are was
    do not no i me my you your he his him she her we our us they their them this that these those
    who what how when where why all up out off about if but so than vs aka part
    le la les l un une des du de d et au aux en
    el los las lo y del al
    il gli uno una di da dei della delle e
    der die das den dem ein eine einen und von im zu mit
    het een van
    o os as um uma do dos no na
    det ett och i til och
    s t
"""
_STOP_WORDS = frozenset(_SMALL_WORDS.split())


def words_of(title: str, *, numerals: bool = False) -> list[str]:
    """The words of a title that say something, in lower case, each once.

    Parameters
    ----------
    title : str
        Without its year.
    numerals : bool
        Keep the numerals of sequels (``"II"``, ``"3"``).

    Examples
    --------
    >>> words_of("The Godfather: Part II")
    ['godfather']
    >>> words_of("Rocky IV", numerals=True), words_of("Malcolm X")
    (['rocky', 'IV'], ['malcolm'])
    """
    found: dict[str, None] = {}
    for word in _WORD.findall(title):
        if _NUMBER.fullmatch(word) or (_ROMAN.fullmatch(word) and word != "I"):
            if numerals:
                found[word] = None
            continue
        lower = word.lower().replace("’", "'").removesuffix("'s")
        if len(lower) > 1 and lower not in _STOP_WORDS:
            found[lower] = None
    return list(found)


def title_words(catalog: Catalog, *, numerals: bool = False) -> Chart | None:
    """The words that stand in most titles; None where no title has a word."""
    counter: Counter[str] = Counter()
    for code in range(len(catalog)):
        counter.update(words_of(catalog.display_title(code), numerals=numerals))
    named = [(word, count) for word, count in counter.items() if not word.isdecimal() or numerals]
    if not named:
        return None
    ordered = sorted(named, key=lambda item: (-item[1], item[0]))[:_KEPT_WORDS]
    first, count = ordered[0]
    return Chart(
        "title-words",
        "Words of the titles",
        f"“{first}” is the most frequent word of the titles: it is in {count:,} of "
        f"{len(catalog):,}",
        "Cloud of words, larger where they stand in more titles. The most frequent: "
        + ", ".join(f"{word} ({n:,})" for word, n in ordered[:20])
        + ".",
        pl.DataFrame(
            {"word": [word for word, _ in ordered], "films": [n for _, n in ordered]},
        ),
        {"word": first, "titles": count, "numerals": numerals},
    )


def genre_cloud(catalog: Catalog) -> Chart | None:
    """Genres by their number of films, as a cloud; None where there are none."""
    films = catalog.genres.sum(axis=0)
    names = [
        (catalog.genre_names[int(i)], int(films[i])) for i in np.argsort(-films, kind="stable")
    ]
    names = [(name, count) for name, count in names if count]
    if not names:
        return None
    with_any = int(catalog.genres.any(axis=1).sum())
    first, count = names[0]
    return Chart(
        "genre-cloud",
        "Genres as a cloud",
        f"{first} is in {share(count / with_any)} of the films",
        "Cloud of genres, larger where they have more films: "
        + ", ".join(f"{name} ({n:,})" for name, n in names)
        + ".",
        pl.DataFrame({"word": [name for name, _ in names], "films": [n for _, n in names]}),
        {"genre": first, "share": count / with_any},
    )


def tag_cloud(catalog: Catalog) -> Chart | None:
    """Tags by how often they were given, as a cloud; None where there are none."""
    given = catalog.tags
    if not len(given.counts):
        return None
    uses = np.bincount(given.tags, given.counts, len(given.names)).astype(np.int64)
    order = np.argsort(-uses, kind="stable")[:_KEPT_WORDS]
    named = [(given.names[int(tag)], int(uses[tag])) for tag in order if uses[tag]]
    once = int(np.count_nonzero(uses == 1))
    return Chart(
        "tag-cloud",
        "Tags as a cloud",
        f"{share(once / len(given.names))} of {len(given.names):,} different tags were given "
        "only once",
        "Cloud of tags, larger where they were given more often. The most frequent: "
        + ", ".join(f"{name} ({n:,})" for name, n in named[:20])
        + ".",
        pl.DataFrame({"word": [name for name, _ in named], "times": [n for _, n in named]}),
        {"tags": len(given.names), "given_once": once},
    )


def tags(catalog: Catalog) -> Chart | None:
    """The tags that people gave most often; None where there are none."""
    given = catalog.tags
    if not len(given.counts):
        return None
    uses = np.bincount(given.tags, given.counts, len(given.names)).astype(np.int64)
    films = np.bincount(given.tags, minlength=len(given.names))
    order = np.argsort(-uses, kind="stable")[:_SHOWN_TAGS]
    names = [given.names[int(tag)] for tag in order]
    tagged = np.unique(given.movies).size
    top = int(order[0])
    return Chart(
        "tags",
        "Tags",
        f"“{names[0]}” is the most given tag: {uses[top]:,} times, to {films[top]:,} films",
        f"Bars of the most given tags. {uses.sum():,} taggings with {len(given.names):,} different "
        f"tags, on {tagged:,} films. "
        + ", ".join(f"{name} {uses[int(i)]:,}" for name, i in zip(names, order, strict=True))
        + ".",
        pl.DataFrame({"tag": names, "times": uses[order], "films": films[order]}),
        {
            "tag": names[0],
            "taggings": int(uses.sum()),
            "tags": len(given.names),
            "tagged_films": tagged,
        },
    )
