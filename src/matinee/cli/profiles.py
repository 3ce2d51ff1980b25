"""From what somebody typed, has in a file or said to the store, to a profile."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.console import note
from matinee.cli.options import PersonOptions, ReadingOptions, SourceOptions, parse_columns
from matinee.cli.sources import training_data
from matinee.errors import ParameterError
from matinee.progress import Progress

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.ids import Id
    from matinee.models.base import Recommender
    from matinee.profile import Profile

__all__ = [
    "Films",
    "check_typed",
    "find_films",
    "parse_rating",
    "profile_of_file",
    "profile_of_person",
    "profile_of_user",
    "who_asks",
]

_SURE = 0.9
"""A near miss is less sure than this; a title without its article is not."""

Films = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TITLE=STARS",
        help='Films you have seen and your stars for them: "Toy Story=4.5". An id does as well.',
        show_default=False,
    ),
]


def who_asks(
    model: Recommender,
    typed: Sequence[str] | None,
    who: PersonOptions,
    source: SourceOptions,
    progress: Progress,
) -> Profile:
    """A profile from everything that was said.

    What was typed stands above files, files above a user of the training data, and this above a
    person of the store. Without any of them, the only person of the store asks, if there is one.
    """
    from matinee.profile import Profile

    parts = []
    if who.person is not None or not (typed or who.ratings or who.user):
        parts.append(profile_of_person(who.store, who.person, model))
    if who.user is not None:
        parts.append(profile_of_user(who.user, model, source, progress))
    parts += [profile_of_file(path, model, source) for path in who.ratings or ()]
    seen = find_films(who.seen, model.catalog)
    parts.append(Profile(_rated(typed or (), model), seen=frozenset(seen)))
    stars: dict[Id, float] = {}
    times: dict[Id, int] = {}
    for part in parts:
        stars |= part.ratings
        # A later rating without a time must not keep the time of the one that it replaces.
        times = {film: at for film, at in times.items() if film not in part.ratings}
        times |= part.timestamps
    user_id = next((part.user_id for part in parts if part.user_id is not None), None)
    all_seen = frozenset().union(*(part.seen for part in parts))
    return Profile(stars, user_id, all_seen - stars.keys(), times)


def profile_of_person(store: str | None, name: str | None, model: Recommender) -> Profile:
    """What a person of the store said; without a name, what the only person there said."""
    from matinee.profile import Profile
    from matinee.store import Store

    opened = Store(store)
    if name is None and not opened.exists():
        return Profile()
    with opened:
        if name is None:
            person = opened.only_person()
            if person is None:
                note("several people are in the store: say who asks with --person NAME")
                return Profile()
        else:
            person = opened.person(name)
        profile = opened.profile(person.person_id, model.catalog, model.scale)
        stated = opened.state(person.person_id)
    if len(profile):
        note(f"for {person.name}, {_count(len(profile), 'rating')}")
    elif name is not None:
        note(f"{person.name} has rated no film that {model.name} knows")
    unknown = len(stated.not_in(model.catalog))
    if unknown:
        note(f"left out: {_count(unknown, 'film')} that this model does not have")
    return profile


def profile_of_user(
    user: str, model: Recommender, source: SourceOptions, progress: Progress
) -> Profile:
    """A person of the training data."""
    data = training_data(model, source, progress)
    numbered = data.ratings.user_ids.is_integer and user.isdecimal()
    known = data.profile(int(user) if numbered else user)
    here = known.known_to(model.catalog)
    if len(here) < len(known):
        left = _count(len(known) - len(here), "film")
        note(f"left out: {left} that this model does not have")
    if any(value not in model.scale for value in here.ratings.values()):
        raise ParameterError(
            f"the stars of user {user} in {data.name} go beyond {model.scale}, the scale of this "
            "model; use the data that it was trained on"
        )
    return here


def profile_of_file(path: Path, model: Recommender, reading: ReadingOptions) -> Profile:
    """The ratings in a file of anybody's; what cannot be used of it is told and left out."""
    from matinee.importers import read_ratings

    name = "stdin" if str(path) == "-" else str(path)
    content = sys.stdin.buffer.read() if name == "stdin" else path
    found = read_ratings(
        content,
        model.catalog,
        name=name,
        scale=reading.rating_scale or model.scale,
        columns=parse_columns(reading.columns),
    )
    for line in found.notes():
        note(f"{name}: {line}")
    return found.profile(model.scale)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


# -- what is typed --------------------------------------------------------------------------------


def parse_rating(text: str) -> tuple[str, float]:
    """``"Toy Story=4.5"`` as ``("Toy Story", 4.5)``; the last ``=`` counts.

    Examples
    --------
    >>> parse_rating("Toy Story=4.5"), parse_rating("E=mc2=3")
    (('Toy Story', 4.5), ('E=mc2', 3.0))
    """
    title, equals, stars = text.rpartition("=")
    try:
        value = float(stars.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not equals or not title.strip() or value - value != 0:
        film = (title if equals else text).strip() or "Heat"
        raise typer.BadParameter(
            f'{text!r} has no stars; write a film and its stars as "{film}=4.5"',
            param_hint="TITLE=STARS",
        )
    return title.strip(), value


def check_typed(texts: Iterable[str] | None) -> None:
    """See, before any work is done, that all that was typed has stars."""
    for text in texts or ():
        parse_rating(text)


def _rated(texts: Sequence[str], model: Recommender) -> dict[Id, float]:
    """Films and stars as typed."""
    found: dict[Id, float] = {}
    for title, stars in map(parse_rating, texts):
        if stars not in model.scale:
            raise ParameterError(
                f"{stars:g} stars for {title!r}: this model knows ratings from {model.scale}"
            )
        (movie_id,) = find_films([title], model.catalog)
        if movie_id in found:
            film = model.catalog[movie_id]
            raise ParameterError(f"{film} is rated twice; give one rating a film")
        found[movie_id] = stars
    return found


def find_films(texts: Iterable[str] | None, catalog: Catalog) -> list[Id]:
    """The movie ids of titles or ids, each film once, in the order given; guesses are told."""
    found: dict[Id, None] = {}
    for text in texts or ():
        match = catalog.index.find(text)
        if match.also:
            others = ", ".join(match.also)
            note(f"{text!r} is taken for {match.label}; there is also {others}")
        elif match.confidence < _SURE:
            note(f"{text!r} is taken for {match.label}")
        found[match.movie_id] = None
    return list(found)
