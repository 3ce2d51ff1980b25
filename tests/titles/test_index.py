"""One film from what a person wrote, or an error that helps."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import AmbiguousTitleError, ParameterError, UnknownTitleError
from matinee.ids import IdVocabulary
from matinee.titles import TitleIndex

# id, title, IMDb number, ratings
FILMS = [
    (1, "Toy Story (1995)", 114709, 500),
    (6, "Heat (1995)", 113277, 300),
    (7, "Heat (1986)", 93164, 5),
    (21, "Get Shorty (1995)", 113161, 150),
    (47, "Seven (a.k.a. Se7en) (1995)", 114369, 400),
    (48, "Seven (1979)", 79881, 1),
    (260, "Star Wars: Episode IV - A New Hope (1977)", 76759, 600),
    (300, "Quiz Show (1994)", 110932, 100),
    (318, "Shawshank Redemption, The (1994)", 111161, 700),
    (588, "Aladdin (1992)", 103639, 300),
    (858, "Godfather, The (1972)", 68646, 500),
    (924, "2001: A Space Odyssey (1968)", 62622, 250),
    (1196, "Star Wars: Episode V - The Empire Strikes Back (1980)", 80684, 550),
    (1221, "Godfather: Part II, The (1974)", 71562, 400),
    (1411, "Hamlet (1996)", 116477, 60),
    (1562, "Batman & Robin (1997)", 118688, 90),
    (1941, "Hamlet (1948)", 40416, 40),
    (2001, "Lethal Weapon 2 (1989)", 97733, 120),
    (2023, "Godfather: Part III, The (1990)", 99674, 200),
    (2409, "Rocky II (1979)", 79817, 90),
    (2571, "Matrix, The (1999)", 133093, 650),
    (3114, "Toy Story 2 (1999)", 120363, 300),
    (3471, "Boot, Das (Boat, The) (1981)", 82096, 100),
    (4000, "Memo (2016)", 0, 0),
    (4973, "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)", 211915, 350),
    (5349, "Spider-Man (2002)", 145487, 250),
    (6377, "Finding Nemo (2003)", 266543, 630),
    (8464, "Wave, The (Welle, Die) (2008)", 1063669, 20),
    (60000, "Moonlight", 0, 0),
    (60001, "Death Note: Desu nôto (2006–2007)", 877057, 3),
    (60002, "Avventura, L' (a.k.a. Adventure, The) (1960)", 53619, 15),
    (60684, "300 (2007)", 416449, 200),
    (60685, "WALL·E (2008)", 910970, 300),
    (60686, "City of Lost Children, The (Cité des enfants perdus, La) (1995)", 112682, 90),
    (114240, "Aladdin (1992)", 0, 4),
    (176371, "Blade Runner 2049 (2017)", 1856101, 30),
]


def index_of(films: list[tuple[int, str, int, int]]) -> TitleIndex:
    return TitleIndex(
        [title for _, title, _, _ in films],
        IdVocabulary([movie_id for movie_id, _, _, _ in films]),
        imdb_ids=np.array([imdb for _, _, imdb, _ in films]),
        popularity=np.array([ratings for _, _, _, ratings in films]),
    )


@pytest.fixture(scope="module")
def index() -> TitleIndex:
    return index_of(FILMS)


@pytest.mark.parametrize(
    ("query", "movie_id", "how"),
    [
        ("Matrix, The (1999)", 2571, "title as written"),
        ("The Matrix", 2571, "title"),
        ("the matrix (1999)", 2571, "title"),
        ("MATRIX", 2571, "title without its article"),
        ("matrix 1999", 2571, "title without its article"),
        ("matrix, 1999", 2571, "title without its article"),
        ("matrix [1999]", 2571, "title without its article"),
        ("matrix the", 2571, "title"),
        ("a matrix", 2571, "title with another article"),
        ("matrix 1998", 2571, "title without its article, another year"),
        ("tt0133093", 2571, "IMDb id"),
        ("https://www.imdb.com/title/tt0133093/", 2571, "IMDb id"),
        (2571, 2571, "movie id"),
        ("2571", 2571, "movie id"),
        ("id:2571", 2571, "movie id"),
        ("ID: 2571", 2571, "movie id"),
        ("300", 60684, "title"),
        ("id:300", 300, "movie id"),
        ("1", 1, "movie id"),
        ("spider man", 5349, "title"),
        ("spiderman", 5349, "title"),
        ("wall-e", 60685, "title"),
        ("wall e", 60685, "title"),
        ("se7en", 47, "alternative title"),
        ("amélie", 4973, "title"),
        ("le fabuleux destin d'amelie poulain", 4973, "alternative title"),
        ("das boot", 3471, "title"),
        ("boot", 3471, "title without its article"),
        ("the boat", 3471, "alternative title"),
        ("die welle", 8464, "alternative title"),
        ("welle", 8464, "alternative title without its article"),
        ("avventura", 60002, "title without its article"),
        ("l avventura", 60002, "title"),
        ("La cite des enfants perdus", 60686, "alternative title"),
        ("batman and robin", 1562, "title"),
        ("children lost city", 60686, "words of the title"),
        ("rocky 2", 2409, "title with its number written otherwise"),
        ("godfather part 3", 2023, "title with its number written otherwise"),
        ("godfather 2", 1221, "title with its number written otherwise"),
        ("a new hope", 260, "subtitle"),
        ("star wars 5", 1196, "beginning of the title"),
        ("star wars 1977", 260, "beginning of the title"),
        ("blade runner 2049", 176371, "title"),
        ("death note 2007", 60001, "beginning of the title"),
        ("toy story", 1, "title"),
        ("toy stroy", 1, "near miss (1 letter)"),
        ("teh matrix", 2571, "near miss (1 letter)"),
        ("shawshank redemtpoin", 318, "near miss (2 letters)"),
        ("shawshank", 318, "words of the title"),
        ("redemption shawshank 1994", 318, "words of the title"),
        ("nemo", 6377, "words of the title"),
        ("Quiz Show: The Great Scandal (1994)", 300, "title without its subtitle"),
    ],
)
def test_find(index: TitleIndex, query: str | int, movie_id: int, how: str) -> None:
    match = index.find(query)
    assert (match.movie_id, match.how) == (movie_id, how)
    assert index.movie_ids.id_of(match.code) == movie_id
    assert 0 < match.confidence <= 1


def test_match_tells_what_it_is(index: TitleIndex) -> None:
    match = index.find("matrix 1999")
    assert (match.title, match.year, match.label) == ("The Matrix", 1999, "The Matrix (1999)")
    assert index.find(np.int64(6)).label == "Heat (1995)"  # type: ignore[arg-type]


def test_a_title_beats_an_id_and_says_so(index: TitleIndex) -> None:
    assert index.find("300").also == ("Quiz Show (1994)  id:300",)


def test_digits_that_begin_a_title_are_asked_back(index: TitleIndex) -> None:
    with pytest.raises(AmbiguousTitleError) as raised:
        index.find("2001")
    assert raised.value.candidates == (
        "2001: A Space Odyssey (1968)  id:924",
        "Lethal Weapon 2 (1989)  id:2001",
    )


class TestPopularity:
    def test_one_film_stands_for_its_title(self, index: TitleIndex) -> None:
        match = index.find("heat")
        assert match.label == "Heat (1995)"
        assert match.how == "title, by far the most rated of 2"
        assert match.also == ("Heat (1986)  id:7",)

    def test_not_if_told_so(self, index: TitleIndex) -> None:
        with pytest.raises(AmbiguousTitleError, match=r'"heat" may be any of 2 films'):
            index.find("heat", prefer_popular=False)

    def test_a_year_is_kept(self, index: TitleIndex) -> None:
        assert index.find("heat 1986").label == "Heat (1986)"

    def test_ten_times_the_ratings_are_needed(self) -> None:
        films = [(1, "Psycho (1960)", 0, 199), (2, "Psycho (1998)", 0, 20)]
        with pytest.raises(AmbiguousTitleError):
            index_of(films).find("psycho")
        films[0] = (1, "Psycho (1960)", 0, 200)
        assert index_of(films).find("psycho").movie_id == 1

    def test_and_twenty_at_least(self) -> None:
        films = [(1, "Psycho (1960)", 0, 19), (2, "Psycho (1998)", 0, 0)]
        with pytest.raises(AmbiguousTitleError):
            index_of(films).find("psycho")

    def test_a_title_without_a_year_yields_to_a_far_more_rated_one(self) -> None:
        films = [(1, "Moonlight", 0, 2), (2, "Moonlight (2016)", 0, 400)]
        assert index_of(films).find("Moonlight").movie_id == 2
        assert index_of(films).find("Moonlight", prefer_popular=False).movie_id == 1


class TestErrors:
    def test_several_films(self, index: TitleIndex) -> None:
        with pytest.raises(AmbiguousTitleError) as raised:
            index.find("hamlet")
        assert raised.value.candidates == ("Hamlet (1996)  id:1411", "Hamlet (1948)  id:1941")
        assert str(raised.value) == (
            '"hamlet" may be any of 2 films: Hamlet (1996)  id:1411; Hamlet (1948)  id:1941. '
            'Say which with the whole title and year, such as "Hamlet (1996)", or with its id, '
            'such as "id:1411".'
        )
        for candidate in raised.value.candidates:
            label, movie_id = candidate.split("  ")
            assert index.find(label).movie_id == index.find(movie_id).movie_id

    def test_films_of_one_title_and_year_are_told_apart_by_id(self, index: TitleIndex) -> None:
        with pytest.raises(AmbiguousTitleError, match=r'Say which with its id, such as "id:588"\.'):
            index.find("Aladdin (1992)", prefer_popular=False)

    def test_a_series_without_its_number(self, index: TitleIndex) -> None:
        with pytest.raises(AmbiguousTitleError, match=r"Episode IV.*Episode V"):
            index.find("star wars")

    def test_words_of_several_films(self) -> None:
        films = [
            (1, "Harry Potter and the Stone (2001)", 0, 9),
            (2, "Harry Potter II (2002)", 0, 8),
        ]
        with pytest.raises(AmbiguousTitleError, match="may be any of 2 films"):
            index_of(films).find("harry potter")

    def test_a_long_list_is_cut(self) -> None:
        films = [(n, f"Cinderella ({n})", 0, 0) for n in range(1900, 1930)]
        with pytest.raises(AmbiguousTitleError, match=r"any of 30 films.*, and 25 more") as raised:
            index_of(films).find("cinderella")
        assert len(raised.value.candidates) == 20

    def test_nothing_near(self, index: TitleIndex) -> None:
        with pytest.raises(UnknownTitleError) as raised:
            index.find("xyzzy qwert")
        assert str(raised.value) == (
            'no film is called "xyzzy qwert". Give another title, or an id, such as "id:1" or '
            '"tt0114709".'
        )

    def test_the_nearest_films_are_named(self, index: TitleIndex) -> None:
        with pytest.raises(UnknownTitleError, match=r"Nearest: The Matrix \(1999\)  id:2571"):
            index.find("matrix 1970")

    def test_a_near_miss_never_changes_a_number(self, index: TitleIndex) -> None:
        with pytest.raises(UnknownTitleError, match=r"Nearest: Blade Runner 2049 \(2017\)"):
            index.find("blade runner 2050")
        with pytest.raises(UnknownTitleError):
            index.find("Rocky VII (1979)")

    def test_an_existing_word_is_no_slip(self) -> None:
        films = [(1, "Runaway Brain (1995)", 0, 0), (2, "Ghost Train (1941)", 0, 0)]
        index = index_of(films)
        assert index.find("Runaway Brian").movie_id == 1
        with pytest.raises(UnknownTitleError, match=r"Nearest: Runaway Brain \(1995\)"):
            index.find("Runaway Train")
        assert index.find("Runaway Train (1995)").movie_id == 1  # unless the year agrees

    def test_one_word_of_a_title_is_no_title(self) -> None:
        films = [(1, "Mortal Kombat: Annihilation (1997)", 0, 0), (2, "Finding Nemo (2003)", 0, 0)]
        with pytest.raises(UnknownTitleError, match="Nearest: Mortal Kombat: Annihilation"):
            index_of(films).find("annihilation")
        with pytest.raises(UnknownTitleError, match="Nearest: Finding Nemo"):
            index_of(films).find("nemo")

    @pytest.mark.parametrize("query", ["", "   ", "\t"])
    def test_empty(self, index: TitleIndex, query: str) -> None:
        with pytest.raises(UnknownTitleError, match="an empty title: give a title such as"):
            index.find(query)

    def test_too_long(self, index: TitleIndex) -> None:
        with pytest.raises(ParameterError, match="a title of 501 characters: the limit is 500"):
            index.find("a" * 501)

    def test_unknown_ids(self, index: TitleIndex) -> None:
        with pytest.raises(UnknownTitleError, match="no film has the id 5: search for it by title"):
            index.find("id:5")
        with pytest.raises(UnknownTitleError, match="no film has the id 5"):
            index.find(5)
        with pytest.raises(UnknownTitleError, match='no film here has the IMDb id "tt0000001"'):
            index.find("tt0000001")
        bare = TitleIndex(["Heat (1995)"], IdVocabulary([1]))
        with pytest.raises(UnknownTitleError, match="this catalogue has no IMDb ids"):
            bare.find("tt0113277")

    def test_lengths_must_agree(self) -> None:
        with pytest.raises(ParameterError, match="2 titles for 1 movie ids: give one for each"):
            TitleIndex(["a", "b"], IdVocabulary([1]))
        with pytest.raises(ParameterError, match="2 years for 1 movie ids"):
            TitleIndex(["a"], IdVocabulary([1]), years=np.zeros(2, dtype=np.int16))


def test_years_may_come_beside_the_titles() -> None:
    index = TitleIndex(
        ["Heat", "Heat"], IdVocabulary([1, 2]), years=np.array([1986, 1995], dtype=np.int16)
    )
    assert index.find("Heat (1995)").movie_id == 2
    assert index.find("heat 1986").label == "Heat (1986)"
    assert [match.movie_id for match in index.search("heat 1995")] == [2]


def test_ids_that_are_text() -> None:
    index = TitleIndex(["Heat (1995)", "m1 (2001)"], IdVocabulary(["m1", "m2"]))
    assert index.find("m2").movie_id == "m2"
    assert index.find("m1").movie_id == "m2"  # a title beats an id
    assert index.find("id:m1").movie_id == "m1"


def test_an_empty_catalogue() -> None:
    index = TitleIndex([], IdVocabulary([]))
    with pytest.raises(UnknownTitleError):
        index.find("heat")
    assert index.search("heat") == []
    assert index.match("Heat", 1995) == []
    assert repr(index) == "TitleIndex(0 films)"


words = st.text(alphabet="abehnrst'é-", min_size=1, max_size=8)
titles = st.builds(
    lambda name, article, other, year: (
        " ".join(name) + article + (f" ({other})" if other else "") + (f" ({year})" if year else "")
    ),
    st.lists(words, min_size=1, max_size=4),
    st.sampled_from(["", "", ", The", ", La", ", Die"]),
    st.one_of(st.just(""), words),
    st.one_of(st.none(), st.integers(1900, 2020)),
)


@settings(deadline=None)
@given(st.lists(st.one_of(titles, st.text(min_size=1, max_size=20)), min_size=1, max_size=8))
def test_a_raw_title_finds_its_film(raw: list[str]) -> None:
    index = TitleIndex(raw, IdVocabulary(range(len(raw))))
    written = [" ".join(title.split()) for title in raw]
    for code, title in enumerate(written):
        if title and written.count(title) == 1:
            assert index.find(raw[code]).code == code


@settings(deadline=None)
@given(st.lists(titles, min_size=1, max_size=8), st.data())
def test_case_and_accents_change_nothing(raw: list[str], data: st.DataObject) -> None:
    index = TitleIndex(raw, IdVocabulary(range(1000, 1000 + len(raw))))
    query = data.draw(st.sampled_from(raw))

    def outcome(text: str) -> object:
        try:
            return index.find(text).code
        except (AmbiguousTitleError, UnknownTitleError) as error:
            return type(error)

    if raw.count(query) > 1 or len({title.lower().replace("é", "e") for title in raw}) < len(raw):
        return  # then the spelling may decide
    asked = outcome(query.lower())
    assert outcome(query.upper()) == asked
    assert outcome(query.lower().replace("é", "e")) == asked


def test_importing_and_exact_titles_need_no_heavy_library() -> None:
    code = (
        "import sys; from matinee.titles import TitleIndex; from matinee.ids import IdVocabulary\n"
        "index = TitleIndex(['Heat (1995)'], IdVocabulary([6]))\n"
        "assert index.find('heat').code == 0\n"
        "heavy = {'rapidfuzz', 'polars', 'numba', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
