"""``matinee recommend``: films for a taste."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.console import note
from matinee.cli.finding import find_films
from matinee.cli.options import FilterOptions, OutputOptions, SourceOptions, expand
from matinee.cli.output import print_films
from matinee.cli.progress import show_progress
from matinee.cli.sources import open_model, training_data
from matinee.cli.taste import parse_rating, rated_films, read_ratings_file
from matinee.errors import ParameterError

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.ids import Id
    from matinee.models.base import Recommender
    from matinee.profile import Profile

__all__ = ["build_profile", "recommend"]

Taste = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TITLE=STARS",
        help='Films you have seen and your stars for them: "Toy Story=4.5". An id does as well.',
        show_default=False,
    ),
]
User = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Answer for this person of the training data."),
]
RatingsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A CSV file of your ratings: title (or movie_id) and rating; - reads stdin.",
    ),
]
Seen = Annotated[
    list[str] | None,
    typer.Option(metavar="FILM", help="Seen but not rated: leave it out."),
]
SkipBadRows = Annotated[
    bool,
    typer.Option(
        "--skip-bad-rows", help="Leave out rows of a file that are wrong, and say how many."
    ),
]


@expand
def recommend(
    taste: Taste = None,
    number: Annotated[
        int, typer.Option("-n", "--number", metavar="N", min=1, help="How many films.")
    ] = 10,
    why: Annotated[bool, typer.Option("--why", help="Say what speaks for each film.")] = False,
    user: User = None,
    ratings: RatingsOption = None,
    seen: Seen = None,
    skip_bad_rows: SkipBadRows = False,
    source: SourceOptions = SourceOptions(),
    where: FilterOptions = FilterOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Films that fit a taste, of those not seen yet.

    Name films you know with your stars, low ones too: they count against what is alike. Without
    a model of your own, one is trained on the bundled sample, once, in a few seconds.

    \b
      matinee recommend "Toy Story=4.5" "Se7en=5" --why
      matinee recommend --user 42 --genre Comedy --from-year 1990
      matinee recommend --ratings letterboxd.csv --exclude-genre Horror -n 20 --json
    """
    for text in taste or ():
        parse_rating(text)  # before any work is done
    with show_progress() as progress:
        model = open_model("recommend", source, progress)
        filters = where.to_filter(model.catalog)
        data = training_data(model, source.data, progress) if user is not None else None
    profile = build_profile(
        model, taste or [], data, user, ratings, seen or [], skip_bad_rows=skip_bad_rows
    )
    if not profile.ratings:
        note(
            "no ratings given, so these are films that people like in general; "
            'say what you like: matinee recommend "Toy Story=4.5"'
        )
    if why and not model.explains:
        note(f"{model.name} cannot say why; `matinee models` shows which models can")
    films = model.recommend(profile, n=number, where=filters, explain=why and model.explains)
    print_films(
        films,
        out,
        title=f"Films for you, from {model.name}",
        why=why and model.explains,
        filtered=not filters.is_empty,
    )


def build_profile(
    model: Recommender,
    taste: list[str],
    data: Dataset | None,
    user: str | None,
    ratings: Path | None,
    seen: list[str],
    *,
    skip_bad_rows: bool,
) -> Profile:
    """A profile from everything that was said; what was typed stands above files and data.

    Raises
    ------
    UnknownUserError, TitleError, ParameterError, DataError
    """
    from matinee.profile import Profile

    catalog, scale = model.catalog, model.scale
    stars: dict[Id, float] = {}
    times: dict[Id, int] = {}
    user_id: Id | None = None
    if user is not None and data is not None:
        numbered = data.ratings.user_ids.is_integer and user.isdecimal()
        user_id = int(user) if numbered else user
        known = data.profile(user_id)
        here = known.known_to(catalog)
        if len(here) < len(known):
            note(f"{len(known) - len(here):,} films of user {user} are unknown to this model")
        if any(value not in scale for value in here.ratings.values()):
            raise ParameterError(
                f"the stars of user {user} in {data.name} go beyond {scale}, the scale of this "
                "model; use the data that it was trained on"
            )
        stars.update(here.ratings)
        times.update(here.timestamps)
    if ratings is not None:
        stars.update(
            read_ratings_file(ratings, catalog, scale, skip_bad_rows=skip_bad_rows).ratings
        )
    stars.update(rated_films(taste, catalog, scale))
    return Profile(
        stars,
        user_id=user_id,
        seen=frozenset(find_films(seen, catalog)),
        timestamps=times,
    )
