"""``matinee recommend``, ``together``, ``similar`` and ``predict``: films for somebody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from matinee.cli.console import note
from matinee.cli.options import (
    DialOptions,
    FilterOptions,
    Number,
    OutputOptions,
    PersonOptions,
    SourceOptions,
    StoreOption,
    Why,
    expand,
)
from matinee.cli.output import print_films, print_group
from matinee.cli.profiles import (
    Films,
    check_typed,
    find_films,
    profile_of_file,
    profile_of_person,
    profile_of_user,
    who_asks,
)
from matinee.cli.progress import show_progress
from matinee.cli.sources import open_model
from matinee.errors import ParameterError

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.filters import Filter
    from matinee.profile import Profile
    from matinee.recommend.dials import Dials

__all__ = ["predict", "recommend", "similar", "to_filter", "together"]


@expand
def recommend(
    films: Films = None,
    number: Number = 10,
    why: Why = False,
    who: PersonOptions = PersonOptions(),
    dials: DialOptions = DialOptions(),
    source: SourceOptions = SourceOptions(),
    where: FilterOptions = FilterOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Films that fit somebody, of those not seen yet.

    Name films you know with your stars, low ones too: they count against what is alike. Without
    any, the person of the store asks; what you import or rate in the web app is there. Without a
    model of your own, one is trained on the bundled sample, once, in a few seconds.

    \b
      matinee recommend "Toy Story=4.5" "Se7en=5" --why
      matinee recommend --like Heat --hidden 0.7 --different 0.3
      matinee recommend --person Ada --genre Comedy --from-year 1990
      matinee recommend --ratings letterboxd.zip --exclude-genre Horror -n 20 --json
    """
    check_typed(films)
    with show_progress() as progress:
        model = open_model(source, progress, *_needed(dials))
        where_, dials_ = to_filter(where, model.catalog), _to_dials(dials, model.catalog)
        profile = who_asks(model, films, who, source, progress)
    if why and not model.explains:
        note(f"{model.name} cannot say why; `matinee models` shows which models can")
    found = model.recommend(profile, number, where_, dials_, explain=why and model.explains)
    print_films(found, out, title=f"Films for you, from {model.name}", filtered=not where_.is_empty)
    if not profile.ratings:
        note('say what you like: matinee recommend "Toy Story=4.5" "Se7en=2"')


@expand
def together(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="People of the store, by name, login or number.",
            show_default=False,
        ),
    ] = None,
    ratings: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Somebody's ratings in a file: all that matinee import takes; the file's name "
            "is theirs.",
        ),
    ] = None,
    user: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A person of the training data.")
    ] = None,
    strategy: Annotated[
        Literal["average", "least-misery", "fair"],
        typer.Option(
            metavar="average|least-misery|fair",
            help="The mean of the members' fits counts; or the least; or everybody in turn.",
        ),
    ] = "average",
    number: Number = 10,
    store: StoreOption = None,
    dials: DialOptions = DialOptions(),
    source: SourceOptions = SourceOptions(),
    where: FilterOptions = FilterOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Films for two or more; what one of them has seen comes back for nobody.

    The fit of each member stands beside the film, and who gets clearly less out of it than the
    others: that one gives way.

    \b
      matinee together Ada Ben
      matinee together Ada --ratings ben.zip --strategy least-misery
    """
    with show_progress() as progress:
        model = open_model(source, progress, *_needed(dials))
        where_, dials_ = to_filter(where, model.catalog), _to_dials(dials, model.catalog)
        people: dict[str, Profile] = {}
        for name in names or ():
            _join(people, name, profile_of_person(store, name, model))
        for one in user or ():
            _join(people, f"user {one}", profile_of_user(one, model, source, progress))
        for path in ratings or ():
            name = "stdin" if str(path) == "-" else path.stem
            _join(people, name, profile_of_file(path, model, source))
    if len(people) < 2:
        raise typer.BadParameter(
            "a group has at least two members: names of the store, --ratings FILE or --user ID, "
            f"got {len(people)}",
            param_hint="NAME",
        )
    found = model.together(people, number, where_, dials_, strategy=strategy)
    print_group(
        found,
        list(people),
        out,
        title=f"Films for {' and '.join(people)}, from {model.name}",
        filtered=not where_.is_empty,
    )


def _join(people: dict[str, Profile], name: str, profile: Profile) -> None:
    if name in people:
        raise ParameterError(f"{name!r} is in the group twice; give each member another name")
    people[name] = profile


@expand
def similar(
    titles: Annotated[
        list[str], typer.Argument(metavar="TITLE", help="One film, or several taken together.")
    ],
    number: Number = 10,
    source: SourceOptions = SourceOptions(),
    where: FilterOptions = FilterOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Films like a film, or like several taken together.

    \b
      matinee similar "Spider-Man (2002)"
      matinee similar Alien "Blade Runner" --from-year 1990 --min-ratings 20
    """
    with show_progress() as progress:
        model = open_model(source, progress, "finds_similar")
    ids = find_films(titles, model.catalog)
    where_ = to_filter(where, model.catalog)
    named = [model.catalog[movie_id] for movie_id in ids]
    print_films(
        model.similar(ids, number, where_),
        out,
        title=f"Films like {' and '.join(map(str, named))}, from {model.name}",
        filtered=not where_.is_empty,
        about={"query": [{"movie_id": film.movie_id, "title": film.title} for film in named]},
    )


@expand
def predict(
    wanted: Annotated[
        list[str],
        typer.Option("--for", "-f", metavar="FILM", help="A film that you want to know about."),
    ],
    films: Films = None,
    why: Why = False,
    who: PersonOptions = PersonOptions(),
    source: SourceOptions = SourceOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """How films fit you, the stars that you would give them, and why.

    \b
      matinee predict "Alien=5" "Notting Hill=2" --for Heat --for "Blade Runner" --why
      matinee predict --person Ada --for Heat
    """
    check_typed(films)
    with show_progress() as progress:
        model = open_model(source, progress, "predicts_stars")
        ids = find_films(wanted, model.catalog)
        profile = who_asks(model, films, who, source, progress)
    from matinee.recommend.answer import recommendations

    if why and not model.explains:
        note(f"{model.name} cannot say why; `matinee models` shows which models can")
    found = recommendations(
        model.scored(profile), model.catalog.codes_of(ids), len(ids), explain=why and model.explains
    )
    print_films(found, out, title=f"Stars on the scale {model.scale}, from {model.name}")


def _needed(dials: DialOptions) -> list[str]:
    """What a model has to be able to do for these dials."""
    if dials.like:
        return ["finds_similar"]
    return ["predicts_stars"] if dials.order != "fit" else []


def to_filter(where: FilterOptions, catalog: Catalog) -> Filter:
    """The filter of the options, with films found by title in a catalogue."""
    from matinee.filters import Filter

    return Filter(
        genres=where.genre or (),
        exclude_genres=where.exclude_genre or (),
        from_year=where.from_year,
        to_year=where.to_year,
        min_ratings=where.min_ratings,
        min_mean=where.min_mean,
        allow=find_films(where.allow, catalog) if where.allow else None,
        deny=find_films(where.deny, catalog),
    )


def _to_dials(dials: DialOptions, catalog: Catalog) -> Dials:
    from matinee.recommend.dials import Dials

    like = find_films(dials.like, catalog)
    return Dials(like, dials.hidden, dials.different, dials.order, dials.series)
