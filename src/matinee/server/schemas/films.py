"""Films: found, looked at, listed."""

from __future__ import annotations

from pydantic import Field

from matinee.server.schemas.common import Answer, ModelRef

__all__ = [
    "Decade",
    "Film",
    "FilmDetails",
    "FilmPage",
    "FoundFilm",
    "Genre",
    "Genres",
    "Links",
    "Mine",
]


class Film(Answer):
    """A film, as it stands in every list."""

    movie_id: str = Field(description="Id in the catalogue, as text.", examples=["318"])
    title: str = Field(examples=["The Shawshank Redemption"])
    year: int | None = Field(description="Year of release.", examples=[1994])
    genres: list[str] = Field(examples=[["Crime", "Drama"]])
    imdb_id: str | None = Field(examples=["tt0111161"])
    tmdb_id: int | None = Field(examples=[278])
    mean_stars: float | None = Field(
        description="Mean stars of everybody in the training data, 0.5 to 5.", examples=[4.49]
    )
    ratings: int = Field(description="Number of ratings in the training data.", examples=[311])
    poster: str | None = Field(
        description="Path of its poster, where the server has posters.", examples=[None]
    )


class FoundFilm(Film):
    """A film that was searched for."""

    confidence: float | None = Field(
        default=None, description="0 to 1; 1 is the whole title. Absent in a list.", examples=[0.9]
    )
    how: str | None = Field(
        default=None, description="What agreed.", examples=["beginning of the title"]
    )


class FilmPage(Answer):
    """Films that were found, or one page of a list of films."""

    items: list[FoundFilm]
    next: str | None = Field(
        description="The cursor of the next page, if there is one.", examples=["o8"]
    )
    total: int | None = Field(
        description="Films in the whole list; null for a search.", examples=[9066]
    )
    model: ModelRef


class Mine(Answer):
    """What the caller said of a film."""

    stars: float | None = Field(examples=[4.5])
    seen: bool
    watchlist: bool
    not_interested: bool


class Links(Answer):
    """Where else a film is described."""

    imdb: str | None = Field(examples=["https://www.imdb.com/title/tt0111161/"])
    tmdb: str | None = Field(examples=["https://www.themoviedb.org/movie/278"])


class FilmDetails(Film):
    """A film with all that is known of it."""

    tags: list[str] = Field(
        description="What people called it, the most frequent first.", examples=[["prison"]]
    )
    mine: Mine | None = Field(description="What the caller said of it; null for a stranger.")
    links: Links
    model: ModelRef


class Genre(Answer):
    """A genre of the catalogue."""

    name: str = Field(examples=["Film-Noir"])
    films: int = Field(examples=[133])


class Decade(Answer):
    """A decade of the catalogue."""

    from_year: int = Field(examples=[1990])
    to_year: int = Field(examples=[1999])
    films: int = Field(examples=[2132])


class Genres(Answer):
    """What films can be narrowed by."""

    items: list[Genre]
    decades: list[Decade]
    model: ModelRef
