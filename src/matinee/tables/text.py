"""How a text table is written, found out from its first lines; and its rows.

Encodings (UTF-8 with or without a byte order mark, UTF-16, Latin-1), separators, quotes, a header
or none, ``sep=`` and comments above it; tables of blanks, JSON lines and the Netflix Prize's files
are turned into separated lines on the way.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from matinee.errors import FormatError
from matinee.memory import format_bytes
from matinee.tables.archive import BLOCK_BYTES, ByteReader, Source, line_blocks
from matinee.tables.values import NUMBER

__all__ = ["Table", "TextFormat", "blocks", "decode", "open_table", "rows_of", "sniff"]

_SAMPLE_BYTES = 2**17
_LONGEST_ROW = 2**17
_LONG = (
    f"it has a row longer than {format_bytes(_LONGEST_ROW)}, which no table of films that another "
    f"service exports has"
)
_SEPARATORS = ("::", "\t", ";", "|", ",", " ")
_CELL_OF_DATA = re.compile(r"[★⭐½☆]+|nan|[+-]?inf|\d+,\d+", re.IGNORECASE)
_TYPED_NAME = re.compile(r"(.+):(?:token|float|token_seq|float_seq)")  # RecBole
_NETFLIX = re.compile(rb"\d+:\r?\n\d+,\d+,\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class TextFormat:
    r"""How a text table is written.

    Attributes
    ----------
    separator : str
        Between columns: one character, or ``"::"``.
    names : tuple of str
        All columns in the file's order; numbers from 1 where there is no header.
    header : bool
        Whether the names stand in the file.
    quoted : bool
        Whether fields may stand in quotes.
    above : int
        Lines above the first row, the header among them.
    encoding : str
        ``"utf-8"`` (where bytes are not that, they are Latin-1), or one of UTF-16.
    shape : {"table", "blanks", "json", "netflix"}
        What the lines are turned into a table from.
    cr : bool
        Whether lines end with a carriage return alone.
    sample : tuple of list of str
        The first rows.
    """

    separator: str
    names: tuple[str, ...]
    header: bool
    quoted: bool = False
    above: int = 0
    encoding: str = "utf-8"
    shape: str = "table"
    cr: bool = False
    sample: tuple[Sequence[str], ...] = field(default=(), repr=False, compare=False)


def decode(data: bytes) -> str:
    """Bytes as UTF-8 where they are that, else as Latin-1 (with Windows' additions)."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            return data.decode("latin-1")


def sniff(
    source: Source, member: str, *, least: int = 2, needs: str = "ratings", separator: str = ""
) -> TextFormat:
    """Find out how a table is written.

    Parameters
    ----------
    source : Source
    member : str
    least : int
        Fewest columns that it can have.
    needs : str
        What is looked for, for the message about an empty file.
    separator : str
        Where it is known.

    Raises
    ------
    FormatError
        If it is empty, or no text table.
    """
    with source.open(member) as file:
        data = file.read(_SAMPLE_BYTES)
        while 0 < len(data) < _SAMPLE_BYTES and (more := file.read(_SAMPLE_BYTES - len(data))):
            data += more
    whole = len(data) < _SAMPLE_BYTES
    encoding = _encoding_of(data, member)
    if encoding == "utf-8":
        # A letter may be cut in the middle.
        text = decode(data if whole else data[: data.rfind(b"\n") + 1] or data)
    else:
        text = data.decode(encoding, errors="ignore").removeprefix("\ufeff")
        if not whole:
            text = text[: text.rfind("\n") + 1] or text
    cr = "\n" not in text and "\r" in text
    text = text.replace("\r\n", "\n").replace("\r", "\n") if cr or "\r" in text else text
    if not text.strip():
        raise FormatError(f"{member} is empty: {needs} are needed")
    if _NETFLIX.match(data):
        names = ("movie", "user", "rating", "date")
        first = text.split("\n", 100)[1:100]
        sample = tuple(["1", *line.split(",")] for line in first if line.count(",") == 2)
        return TextFormat(",", names, True, shape="netflix", encoding=encoding, sample=sample)
    above, lines, said = _skip_comments(text)
    if not any(map(str.strip, lines)):
        raise FormatError(f"{member} is empty: {needs} are needed")
    if lines and lines[0].lstrip().startswith("{"):
        found = _sniff_json(lines)
        if found is not None:
            return found
    return _sniff_lines(lines, above, separator or said, encoding, member, least, cr=cr)


def _encoding_of(data: bytes, member: str) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FormatError(f"{member} is in UTF-32: save it as UTF-8")
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    if data.startswith(b"PK\x03\x04"):
        raise FormatError(f"{member} is an archive inside an archive: unpack it first")
    if b"\x00" in data:
        # Western text in UTF-16 has a zero in every other byte.
        for encoding, zeros, others in (
            ("utf-16-le", data[1::2], data[0::2]),
            ("utf-16-be", data[0::2], data[1::2]),
        ):
            if zeros.count(0) > 0.7 * len(zeros) and others.count(0) == 0:
                return encoding
        raise FormatError(f"{member} is not a text table: it holds zero bytes")
    return "utf-8"


def _skip_comments(text: str) -> tuple[int, list[str], str]:
    """How many lines stand above the table, its lines, and the separator if they say it."""
    lines = text.split("\n")
    above, said = 0, ""
    for line in lines:
        bare = line.strip()
        told = re.fullmatch(r'"?sep=(.|\\t)"?', bare, re.IGNORECASE)
        if told:
            said = "\t" if told[1] in ("\\t", "\t") else told[1]
        elif bare and not _is_comment(line, lines[above + 1 : above + 6]):
            break
        above += 1
    return above, lines[above:], said


def _is_comment(line: str, following: Sequence[str]) -> bool:
    """Whether a line that begins with ``#`` or ``%`` is no row of names for those below it."""
    if not line.startswith(("#", "%")):
        return False
    below = next((other for other in following if other.strip()), "")
    return not any(0 < line.count(sign) == below.count(sign) for sign in _SEPARATORS[:-1])


def _sniff_json(lines: Sequence[str]) -> TextFormat | None:
    names: dict[str, None] = {}
    found = []
    for line in lines[:1000]:
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(entry, dict):
            break
        names.update(dict.fromkeys(map(str, entry)))
        found.append(entry)
    if not found:
        return None
    rows = tuple([_cell(entry.get(name)) for name in names] for entry in found)
    return TextFormat(",", tuple(names), True, quoted=True, shape="json", sample=rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\n", " ").replace("\r", " ")


def _sniff_lines(
    lines: list[str],
    above: int,
    separator: str,
    encoding: str,
    member: str,
    least: int,
    *,
    cr: bool,
) -> TextFormat:
    best: tuple[float, str, bool, list[list[str]]] = (0.0, "", False, [])
    for sign in [separator] if separator else _SEPARATORS:
        if sign == " " and best[0] > 0.5:
            continue  # blanks part a table where nothing else does
        for quoted in _quotings(lines, sign):
            rows = _cut(lines[:400], sign, quoted=quoted)
            widths = Counter(map(len, rows[:200]))
            if not widths:
                continue
            width, count = widths.most_common(1)[0]
            share = count / sum(widths.values())
            if width >= max(least, 2) and share > best[0] and (sign != " " or _has_numbers(rows)):
                best = (share, sign, quoted, rows)
    _, sign, quoted, rows = best
    if not sign and least > 1:
        raise FormatError(
            f"{member} is no table: its first line {lines[0][:60]!r} has fewer than "
            f"{('two', 'three')[least == 3]} columns, whether cut at comma, semicolon, tab, '|', "
            f"'::' or blanks"
        )
    if not sign:  # one column, such as a list of titles
        sign, rows = separator or ",", [[line] for line in lines if line.strip()]
    first = [cell.strip() for cell in rows[0]]
    header = not any(NUMBER.fullmatch(cell) or _CELL_OF_DATA.fullmatch(cell) for cell in first)
    body = rows[1:] if header else rows
    width = Counter(map(len, body)).most_common(1)[0][0] if body else len(first)
    if header:
        first[0] = re.sub(r"^[#%]\s*", "", first[0])
        typed = [_TYPED_NAME.fullmatch(name) for name in first]
        names = [match[1] if match else name for match, name in zip(typed, first, strict=True)]
        if width == len(names) + 1:  # R leaves the names of rows without a name
            names.insert(0, "")
    else:
        names = [str(number) for number in range(1, width + 1)]
    return TextFormat(
        sign,
        tuple(names),
        header,
        quoted=quoted,
        above=above + header,
        encoding=encoding,
        shape="blanks" if sign == " " else "table",
        cr=cr,
        sample=tuple(row for row in body if len(row) == len(names)),
    )


def _quotings(lines: Sequence[str], sign: str) -> Sequence[bool]:
    """Whether fields of lines that are cut at a sign may be quoted, the likelier answer first."""
    if len(sign) != 1 or sign == " ":
        return (False,)
    if sign in ",;":
        return (True,)
    mark = re.escape(sign)
    text = "\n".join(lines[:400])
    fields = re.search(rf'(?:^|{mark})"[^"\n]*"(?:{mark}|$)', text, re.MULTILINE)
    stray = re.search(rf'(?:^|{mark})"[^"\n]*"[^"\n{mark}]', text, re.MULTILINE)
    return (True, False) if fields and not stray else (False,)


def _cut(lines: Sequence[str], sign: str, *, quoted: bool) -> list[list[str]]:
    if sign == " ":
        return [line.split() for line in lines if line.strip()]
    if not quoted:
        return [line.split(sign) for line in lines if line.strip()]
    rows: list[list[str]] = []
    lines_ = (f"{line}\n" for line in lines)
    with contextlib.suppress(csv.Error):
        rows.extend(filter(any, csv.reader(lines_, delimiter=sign, skipinitialspace=True)))
    return rows


def _has_numbers(rows: Sequence[Sequence[str]]) -> bool:
    return 2 * sum(any(map(NUMBER.fullmatch, row)) for row in rows) > len(rows)


# -- rows ----------------------------------------------------------------------------------


def blocks(
    source: Source, member: str, form: TextFormat, size: int = BLOCK_BYTES
) -> Iterator[tuple[bytes, int]]:
    """The rows of a table, as separated lines in UTF-8, in blocks of about ``size`` bytes.

    What stands above the first row is left out. Each block comes with the bytes of the file that
    it was made from.
    """
    opened: Source = (
        source if form.encoding == "utf-8" and not form.cr else _Transcoded(source, form)
    )
    to_skip, first = form.above, True
    movie = b""
    for raw in line_blocks(opened, member, size, quoted=form.quoted):
        block = raw.removeprefix(codecs.BOM_UTF8) if first else raw
        first = False
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        while to_skip and block:
            _, _, block = block.partition(b"\n")
            to_skip -= 1
        if form.shape == "blanks":
            block = re.sub(rb"(?m)^ +| +$", b"", re.sub(rb"[ \t]+", b" ", block))
        elif form.shape == "json":
            block = _json_block(block, form)
        elif form.shape == "netflix":
            block, movie = _netflix_block(block, movie)
        if block:
            yield block, len(raw)


class _Transcoded(Source):
    """A source whose members are read as UTF-8 with line feeds, whatever they are in."""

    def __init__(self, source: Source, form: TextFormat) -> None:
        self._source, self._form = source, form
        self.path = source.path

    def members(self) -> dict[str, int]:
        return self._source.members()

    def open(self, member: str) -> ByteReader:
        return _Transcoder(self._source.open(member), self._form)


class _Transcoder:
    def __init__(self, file: ByteReader, form: TextFormat) -> None:
        self._file, self._form = file, form
        self._decoder = codecs.getincrementaldecoder(form.encoding)(errors="replace")

    def read(self, size: int = -1) -> bytes:
        while data := self._file.read(size):
            if self._form.encoding != "utf-8":
                data = self._decoder.decode(data).removeprefix("\ufeff").encode()
            if self._form.cr:
                data = data.replace(b"\r", b"\n")
            if data:
                return data
        return b""

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> _Transcoder:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _json_block(block: bytes, form: TextFormat) -> bytes:
    """JSON lines as separated lines; what is no object becomes a line that has no columns."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for line in decode(block).split("\n"):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if isinstance(entry, dict):
            writer.writerow([_cell(entry.get(name)) for name in form.names])
        else:
            writer.writerow([line[:80]])
    return stream.getvalue().encode()


def _netflix_block(block: bytes, movie: bytes) -> tuple[bytes, bytes]:
    """The Netflix Prize names a film once, above its ratings: put it in front of each."""
    lines = []
    for line in block.split(b"\n"):
        if line.endswith(b":"):
            movie = line[:-1]
        elif line:
            lines.append(movie + b"," + line + b"\n")
    return b"".join(lines), movie


def rows_of(
    block: bytes, form: TextFormat, wrong_quotes: Callable[[int, str], None] | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Each row of a block that is not blank, as the offset of its line in it and its fields.

    Parameters
    ----------
    block : bytes
    form : TextFormat
    wrong_quotes : callable, optional
        Told of the offset and the problem where quotes are not closed; without it that is a
        :exc:`~matinee.errors.FormatError`.
    """
    text = decode(block)
    if not form.quoted:
        for offset, line in enumerate(text.split("\n")):
            if line.strip():
                yield offset, line.rstrip("\r").split(form.separator)
        return
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=form.separator, strict=True, skipinitialspace=True)
    while True:
        offset = reader.line_num
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if wrong_quotes is None:
                raise FormatError(str(error)) from None
            wrong_quotes(offset, str(error))
            continue
        if any(fields):
            yield offset, fields


@dataclass(frozen=True)
class Table:
    """A table with a row of names, read row by row.

    Attributes
    ----------
    file : str
        Its name, for messages.
    form : TextFormat
    columns : tuple of str
        Names in lower case, blanks trimmed.
    rows : iterator of (int, dict of str to str)
        Line and cells by column of each row that is not blank, cells without blanks around them.
        Cells that a row lacks are empty.
    """

    file: str
    form: TextFormat
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, str]]]


def open_table(source: Source, member: str, *, most: int) -> Table:
    """Open a member as a table of at most so many rows; they are read as they are asked for.

    Raises
    ------
    FormatError
        If it is no text table, has a column twice, or, while the rows are read: a row is longer
        than 128 kB, quotes are not closed, or there are more rows.
    """
    with source.open(member) as file:
        lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(2**16), b""))
    if lines > 2 * most:  # before any work; some rows may be of several lines
        raise FormatError(_too_many(member, most))
    form = sniff(source, member, least=1)
    columns = tuple(" ".join(name.split()).casefold() for name in form.names)
    repeated = (
        {name for name in columns if name and columns.count(name) > 1}
        if len(columns) < 1000
        else {columns[0]}
    )
    if repeated:
        raise FormatError(f"{member} has the column {min(repeated)!r} twice; export it again")

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        line, count = form.above + 1, 0
        for block, _ in blocks(source, member, form, size=2**18):
            try:
                if len(block) > 4 * 2**18:
                    raise FormatError(_LONG)
                for offset, cells in rows_of(block, form):
                    if sum(map(len, cells)) > _LONGEST_ROW or len(cells) > _LONGEST_ROW // 64:
                        raise FormatError(_LONG)
                    count += 1
                    if count > most:
                        raise FormatError(_too_many("it", most))
                    filled = cells + [""] * (len(columns) - len(cells))
                    yield line + offset, dict(zip(columns, map(str.strip, filled), strict=False))
            except FormatError as error:
                raise FormatError(f"{member}, from line {line:,} on: {error}") from None
            line += block.count(b"\n")

    return Table(member, form, columns, rows())


def _too_many(what: str, most: int) -> str:
    return (
        f"{what} has more than {most:,} rows, the limit of an import: that is more than one "
        f"person's films; nothing was imported"
    )
