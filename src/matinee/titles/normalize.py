"""What two spellings of one title have in common.

A title is compared by its *key*: its letters and digits alone, in lower case, without accents,
without a leading article, with nothing in between. ``"WALL·E"``, ``"Wall-E"`` and ``"wall e"``
share the key ``walle``. The whole catalogue is one text to these functions (titles parted by
newlines), because a few passes in C over one long string are far quicker than many short calls.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import NamedTuple

__all__ = [
    "Name",
    "fold",
    "glued_words",
    "is_leading_article",
    "keys_of",
    "name_of",
    "numbers_in",
    "other_numerals",
    "same_number",
    "split_words",
    "words_of",
]

# Letters that Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
    | dict.fromkeys("‘’‛′´`ʼ", "'")
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# Words that are an article whenever they stand in front. "Die", "I", "O", "As", "Den" and "De"
# are not here: "Die Hard" and "I, Robot" do not begin with one.
_ARTICLES = "the|an|a|les|le|las|la|los|el|il|gli|das|der|det|het|eine|ein|une|una|un"
_LEADING = re.compile(rf"^[ \t]*(?:({_ARTICLES})[ \t]+|(l)'[ \t]*)(?=[^\s])", re.MULTILINE)
_LEADING_WORDS = frozenset((*_ARTICLES.split("|"), "l'"))
_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum() and code != 10)
_SPACED = bytes(
    code if code >= 128 or chr(code).isalnum() or code == 10 else 32 for code in range(256)
)
_JOINED = re.compile(r"[^\W_]+(?:[-./*'][^\W_]+)+")

_ONE_TO_TWENTY = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_I_TO_XX = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_WORDS, _ROMAN = _ONE_TO_TWENTY.split(), _I_TO_XX.split()
_VALUE = {
    form: value
    for value, forms in enumerate(zip(_WORDS, _ROMAN, map(str, range(1, 21)), strict=True), 1)
    for form in forms
}
_CONNECTORS = ("part", "vol", "volume", "episode", "chapter")


class Name(NamedTuple):
    """One title of a film as it is compared: its article, and its key without it."""

    article: str
    key: str


def fold(text: str) -> str:
    """Lower case, without accents; punctuation stays where it is ASCII, else becomes a blank.

    Examples
    --------
    >>> fold("Amélie & the Straße…")
    'amelie  and  the strasse...'
    """
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda match: _fold_run(match[0]), text)
    return text.lower().replace("&", " and ").replace(" + ", " and ")


@lru_cache(maxsize=4096)
def _fold_run(run: str) -> str:
    """Fold characters beyond ASCII. A case may hide a letter to replace, so case goes first."""
    text = unicodedata.normalize("NFKD", run.casefold().translate(_LETTERS))
    text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(
        char if char.isascii() or char.isalnum() else " "
        for char in text
        if not unicodedata.category(char).startswith("M")
    )


def _squeeze(folded: str) -> str:
    """Letters and digits of folded text (and newlines)."""
    return folded.encode().translate(None, _DROPPED).decode()


def name_of(title: str) -> Name:
    """Article and key of one title that stands as it is displayed.

    Examples
    --------
    >>> name_of("The Matrix"), name_of("L'avventura"), name_of("8½").key, name_of("The").key
    (Name(article='the', key='matrix'), Name(article='l', key='avventura'), '812', 'the')
    """
    folded = fold(" ".join(title.split()))
    match = _LEADING.match(folded)
    if match is not None:
        key = _squeeze(folded[match.end() :])
        if key:
            return Name(match[1] or match[2], key)
    # A title without a letter or digit ("♡", "!!!") is compared as it stands.
    return Name("", _squeeze(folded) or title.casefold().strip())


def is_leading_article(word: str) -> bool:
    """Whether a word is an article wherever it stands in front, in any case.

    Examples
    --------
    >>> is_leading_article("The"), is_leading_article("L'"), is_leading_article("Die")
    (True, True, False)
    """
    return word.lower().replace("’", "'") in _LEADING_WORDS


def keys_of(titles: list[str], *, articles: bool = False) -> list[str]:
    """The keys of many titles, in a few passes over all of them.

    Parameters
    ----------
    titles : list of str
        Without newlines.
    articles : bool
        Whether leading articles stay in the keys.
    """
    if not titles:
        return []
    folded = fold("\n".join(titles))
    keys = _squeeze(folded if articles else _LEADING.sub("", folded)).split("\n")
    return [key or name_of(title).key for key, title in zip(keys, titles, strict=True)]


def words_of(title: str) -> list[str]:
    """The words of a title, in order.

    Examples
    --------
    >>> words_of("Schindler's List"), words_of("Spider-Man 2")
    (['schindlers', 'list'], ['spider', 'man', '2'])
    """
    return split_words(fold(" ".join(title.split())))[0].split()


def split_words(folded: str) -> list[str]:
    """Lines of folded text with a blank for all that is neither letter nor digit."""
    return folded.encode().translate(_SPACED, b"'").decode().split("\n")


def glued_words(folded: str) -> list[str]:
    """What a person might write otherwise.

    Examples
    --------
    >>> glued_words("spider-man"), glued_words("s.w.a.t."), glued_words("l'avventura")
    (['spiderman'], ['swat'], ['l', 'avventura', 'lavventura'])
    """
    if not ("-" in folded or "'" in folded or "." in folded or "/" in folded or "*" in folded):
        return []
    words: list[str] = []
    for chunk in _JOINED.findall(folded):
        if "'" in chunk:
            words += split_words(chunk.replace("'", " "))[0].split()
        words.append(_squeeze(chunk))
    return words


def numbers_in(title: str) -> tuple[str, ...]:
    """Every number of a title, Roman ones as digits: what a near miss must not change.

    Examples
    --------
    >>> numbers_in("Rocky III"), numbers_in("Blade Runner 2049"), numbers_in("I, Robot")
    (('3',), ('2049',), ())
    """
    numbers: list[str] = []
    for position, word in enumerate(words_of(title)):
        if position and word in _ROMAN and (len(word) > 1 or word != "i"):
            numbers.append(str(_VALUE[word]))
        else:
            numbers += re.findall(r"\d+", word)
    return tuple(numbers)


def same_number(word: str) -> tuple[str, ...]:
    """The Roman numeral and the word for a number of one to twenty in digits.

    Examples
    --------
    >>> same_number("3"), same_number("2049")
    (('iii', 'three'), ())
    """
    value = _VALUE.get(word)
    return (_ROMAN[value - 1], _WORDS[value - 1]) if value else ()


def other_numerals(title: str) -> list[str]:
    """Keys of the same title with its numerals written in other ways.

    Digits, Roman numerals and words stand for each other up to twenty, and a word such as "Part"
    may come or go in front of the last one.

    Examples
    --------
    >>> (
    ...     "rockyii" in other_numerals("Rocky 2"),
    ...     "backtothefuturepartii" in other_numerals("Back to the Future 2"),
    ... )
    (True, True)
    """
    leading = _LEADING.match(fold(title))
    words = words_of(title)[1 if leading is not None and leading[1] else 0 :]
    places = [i for i, word in enumerate(words) if word in _VALUE and (i or word not in "ivx")]
    if not places or len(words) > 20:
        return []
    forms: list[tuple[str, ...]] = [(word,) for word in words]
    for place in places[-2:]:
        value = _VALUE[words[place]]
        forms[place] = (str(value), _ROMAN[value - 1], _WORDS[value - 1])
    last = places[-1]
    found: dict[str, None] = {}
    for spelled in product(*forms):
        before, behind = "".join(spelled[:last]), "".join(spelled[last:])
        found[before + behind] = None
        if last and words[last - 1] in _CONNECTORS:
            found["".join(spelled[: last - 1]) + behind] = None
        elif last:
            found.update(dict.fromkeys(before + word + behind for word in _CONNECTORS))
    found.pop("".join(words), None)
    found.pop("", None)
    return list(found)
