"""A record file read from disk: every line by itself, with what is wrong in it, and where the lines of each kind stand."""

import io
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from app.codes import HIGHEST_NUMBER, UpdateState
from app.db.records import Record
from app.errors import FieldError, Problem
from app.gate import folded
from app.interchange.lines import KEYS, SHAPES, errors_of, plain_again, plain_line, read_line
from app.names import slug_of
from app.strict_json import json_object

MAX_LINE = 2**20
MAX_LINES = 5_000_000
MOST_KEPT = 1_000
"""Errors and conflicts are counted beyond this number, but no longer kept."""
_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
_ALIKE: dict[str, Callable[[str], str]] = {"commitment": folded, "document": slug_of}
"""What must be unique besides the name itself."""
Shown = Callable[[int], None]


class LineError(msgspec.Struct, frozen=True):
    """What is wrong in a line of the file (from 1; 0 for the file as a whole)."""

    line: int
    error: FieldError


class Errors:
    """What is wrong in a file: all of it counted, the first of it kept."""

    def __init__(self) -> None:
        self.kept: list[LineError] = []
        self.count = 0

    def add(self, line: int, *errors: FieldError) -> None:
        self.count += len(errors)
        self.kept += [LineError(line, error) for error in errors[: max(0, MOST_KEPT - len(self.kept))]]


class Parsed(NamedTuple):
    """One line: its kind, its values, and the parsed JSON where it does not give every field itself."""

    line: int
    kind: str
    values: Any
    given: Record | None

    @property
    def key(self) -> str:
        return KEYS[self.kind](self.values)


class RecordFile:
    """A file surveyed once: where the lines of each kind begin.

    `known` is the line that names a record, by kind and key; `corrected` are updates that another one corrects; `failed`
    the records whose lines are wrong.
    """

    def __init__(self, source: BinaryIO, shown: Shown = lambda size: None) -> None:
        self._source, self.errors = source, Errors()
        self.known: dict[str, dict[str, int]] = {kind: {} for kind in SHAPES}
        self.places: dict[str, array[int]] = {kind: array("Q") for kind in SHAPES}
        self.corrected: set[str] = set()
        self._alike: dict[tuple[str, str], int] = {}
        self._loose: set[int] = set()
        self._groups: dict[str, int] = {}
        self._updates: list[tuple[int, int, int, int]] = []
        self.failed: set[tuple[str, str]] = set()
        self._survey(shown)

    @property
    def count(self) -> int:
        """How many good lines there are."""
        return sum(len(places) // 2 for places in self.places.values()) + len(self._updates)

    def of_kind(self, kind: str) -> Iterator[Parsed]:
        """The good lines of a kind in their order, read again."""
        places = self.places[kind]
        for at in range(0, len(places), 2):
            yield self.at(places[at], places[at + 1])

    def at(self, line: int, offset: int) -> Parsed:
        """The good line at a place."""
        if self._source.tell() != offset:
            self._source.seek(offset)
        text = self._source.readline().rstrip(b"\n")
        if line in self._loose:
            return _parsed(line, text)
        values = plain_again(text)
        return Parsed(line, str(values.__struct_config__.tag), values, None)

    def as_sent(self, lines: set[int]) -> bytes:
        """These lines as they stand in the file, cut where the survey cuts: JSON may hold other line breaks between its values."""
        self._source.seek(0)
        return b"".join(text for number, text in enumerate(self._source, 1) if number in lines)

    def _survey(self, shown: Shown) -> None:
        offset, number = 0, 0
        self._source.seek(0)
        while text := self._source.readline(MAX_LINE + 1):
            number += 1
            if number > MAX_LINES:
                self.errors.add(0, FieldError("", "too_many_lines", {"limit": MAX_LINES}))
                return
            ended = text.endswith(b"\n") or len(text) <= MAX_LINE
            size = len(text) if ended else len(text) + self._skipped()
            if not ended:
                self.errors.add(number, FieldError("", "line_too_long", {"limit": MAX_LINE}))
            elif number == 1 and text.startswith((_BOM, *_OTHER_BOMS)):
                self.errors.add(1, FieldError("", "byte_order_mark"))
                if not text.startswith(_BOM):
                    return  # in UTF-16 every line would be wrong for the same reason
            else:
                self._take(number, offset, text)
            offset += size
            shown(size)
        if number == 0:
            self.errors.add(0, FieldError("", "empty_file"))

    def _skipped(self) -> int:
        """Read on to the end of a line that is too long."""
        size = 0
        while rest := self._source.readline(MAX_LINE):
            size += len(rest)
            if rest.endswith(b"\n"):
                break
        return size

    def _take(self, number: int, offset: int, text: bytes) -> None:
        """Note a line, or what is wrong with it."""
        if text.endswith(b"\r\n"):
            self.errors.add(number, FieldError("", "carriage_return"))
            return
        try:
            parsed = _parsed(number, text.rstrip(b"\n"))
        except Problem as problem:
            self.errors.add(number, *errors_of(problem))
            self._fail(text)
            return
        if parsed.given is not None:
            self._loose.add(number)
        first = self.known[parsed.kind].setdefault(parsed.key, number)
        if parsed.kind in _ALIKE:
            first = self._alike.setdefault((parsed.kind, _ALIKE[parsed.kind](parsed.key)), first)
        if first != number:
            self.errors.add(number, FieldError("", "duplicate_line", {"entity": parsed.kind, "ref": parsed.key, "line": first}))
            return
        if parsed.kind == "status_update":
            self._note_update(parsed, offset)
        else:
            self.places[parsed.kind].extend((number, offset))

    def _note_update(self, parsed: Parsed, offset: int) -> None:
        update = parsed.values
        if update.corrects is not None and update.state is UpdateState.PUBLISHED:
            self.corrected.add(update.corrects)
        published = update.state is UpdateState.PUBLISHED
        rank = (update.published_no or HIGHEST_NUMBER + 1) if published else HIGHEST_NUMBER + 2
        self._updates.append((self._groups.setdefault(update.commitment, len(self._groups)), rank, parsed.line, offset))

    def updates(self) -> Iterator[Parsed]:
        """The good updates, those of one commitment together: the published ones by number and line, then the others."""
        self._updates.sort()
        for _, _, line, offset in self._updates:
            yield self.at(line, offset)

    def _fail(self, text: bytes) -> None:
        """Remember which record a bad line would have named, so that what points to it is not called wrong as well."""
        try:
            raw = msgspec.json.decode(text, type=dict[str, Any])
            kind = raw["type"]
            self.failed.add((kind, str(raw["symbol" if kind == "document" else "ref" if "ref" in raw else "id"])))
        except (msgspec.MsgspecError, KeyError, UnicodeDecodeError, TypeError, RecursionError):
            return


def _parsed(number: int, text: bytes) -> Parsed:
    """A line by itself. Raises Problem with every error."""
    values = plain_line(text)
    if values is not None:
        return Parsed(number, str(values.__struct_config__.tag), values, None)
    raw = json_object(text)
    kind = raw.pop("type", None)
    if not isinstance(kind, str) or kind not in SHAPES:
        raise unreadable_type(kind)
    return Parsed(number, kind, read_line(kind, raw), raw)


def unreadable_type(kind: Any) -> Problem:
    """A line of a kind that does not exist."""
    return Problem(errors=(FieldError("/type", "required" if kind is None else "unknown_code", {"codes": tuple(SHAPES)}),))


def in_memory(content: bytes) -> RecordFile:
    """A record file that is at hand as bytes."""
    return RecordFile(io.BytesIO(content))


def opened(path: Path, shown: Shown) -> RecordFile:
    """A record file on disk; it stays open as long as it is used. Raises OSError."""
    return RecordFile(path.open("rb", buffering=2**20), shown)
