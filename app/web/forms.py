"""Forms: their fields become the same Structs as the bodies of the API, and what was typed stays with every error beside its field.

A field is named by its path (`narrative.zh`, `evidence.0.kind`); a field of a list of codes is repeated. Blank fields say nothing.
`version`, `do`, `reason`, `next`, `held` and `again` are about the form itself.
"""

from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import inspect as mi

from app.domain.commands import Versioned, expect
from app.domain.intake import escaped, read, unknown_fields
from app.errors import BadRequest, Conflict, Invalid, Outdated, Problem, Resumed, unreadable
from app.i18n import Lang
from app.web import reading
from app.web.problems import Detail, body_of

T = TypeVar("T", bound=msgspec.Struct)
Pairs = list[tuple[str, str]]
ABOUT = ("version", "do", "reason", "next", "held", "again")
MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 2_000
_MOST_ENTRIES = 50
AGAIN = (Resumed, Invalid, Conflict, Outdated)
"""After these a form is shown again, with what was typed and what is wrong with it."""


class Form(Generic[T]):
    """One form: what it held before, what was typed, and what is wrong with it."""

    def __init__(self, shape: type[T], body: bytes, content_type: str | None, lang: Lang, now: dict[str, Any] | None = None) -> None:
        self.shape, self.lang, self._now = shape, lang, now or {}
        self._body, self._content_type = body, content_type
        self.pairs: Pairs | None = None
        self.problem: Problem | None = None
        self.title = ""
        self.detail = ""
        self.errors: list[Detail] = []

    def read(self, matching: Versioned | None = None) -> T:
        """The values, in the contract's order: 415, 400, then 412 where a record is matched, then 422 with every error."""
        self.open()
        raw = raw_values(self.shape, self._fields())
        unknown_fields(self.shape, raw)
        if self.about("again"):
            raise Resumed
        if matching is not None:
            expect(matching, self.version)
        return read(self.shape, raw, lenient=True)

    def open(self) -> None:
        """Take the body apart. Raises WrongMediaType and BadRequest."""
        reading.media_type(self._content_type, MEDIA_TYPE)
        self.pairs = pairs_of(self._body)

    def _fields(self) -> Pairs:
        return [(name, value) for name, value in self.pairs or () if name not in ABOUT and value]

    def about(self, name: str) -> str:
        """A field about the form itself, e.g. `do`, the button that was pressed; empty where it is not there."""
        return next((value for known, value in self.pairs or () if known == name), "")

    @property
    def version(self) -> int:
        """The version of the record that the form was made from; 0, which no record has, for what is no number."""
        given = self.about("version")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0

    def refused(self, problem: Problem | Resumed) -> "Form[T]":
        """The same form with what is wrong with it."""
        if self.pairs is None:
            self.open()
        if isinstance(problem, Problem):
            self.problem = problem
            body = body_of(problem, self.lang, "")
            self.title, self.detail, self.errors = body.title, body.detail, body.errors
        return self

    # what templates ask

    def value(self, name: str) -> str:
        """What stands in a field: what was typed, else what was there before, else nothing."""
        if self.pairs is not None:
            return next((value for known, value in self.pairs if known == name), "")
        return _told(_at(self._now, name))

    def values(self, name: str) -> list[str]:
        """What stands in a field that is repeated."""
        if self.pairs is not None:
            return [value for known, value in self.pairs if known == name and value]
        return [_told(one) for one in _at(self._now, name) or ()]

    def rows(self, name: str, spare: int = 1) -> range:
        """The numbers of the entries of a list, some spare ones behind them."""
        if self.pairs is None:
            filled = len(_at(self._now, name) or ())
        else:
            numbers = [known.split(".")[1] for known, value in self.pairs if known.startswith(f"{name}.") and value]
            filled = max((int(number) + 1 for number in numbers if number.isdigit() and len(number) < 3), default=0)
        return range(min(filled + spare, _MOST_ENTRIES))

    def errors_of(self, name: str) -> list[str]:
        """What is wrong with a field."""
        pointer = "/" + name.replace(".", "/")
        return [error.detail for error in self.errors if error.pointer == pointer]

    @property
    def status(self) -> int:
        """The status of the page that shows the form."""
        return self.problem.status if self.problem else 200

    @property
    def links(self) -> list[tuple[str, str]]:
        """Every error with the id of its field."""
        return [(f"f-{error.pointer.strip('/').replace('/', '-')}", error.detail) for error in self.errors]


def pairs_of(body: bytes) -> Pairs:
    """The fields of a form body, blank ones too. Raises BadRequest where it is not UTF-8 or has too many."""
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise BadRequest("not_utf8") from error
    except ValueError as error:
        raise BadRequest("too_many_values", limit=MAX_FIELDS) from error


def raw_values(shape: type[msgspec.Struct], pairs: Pairs) -> dict[str, Any]:
    """Fields with paths for names as nested values; entries of a list that were left blank are closed up."""
    raw: dict[str, Any] = {}
    for name, value in pairs:
        _put(raw, name.split("."), value, _is_list(shape, name), f"/{escaped(name)}")
    return {name: _closed_up(value) for name, value in raw.items()}


def _put(raw: dict[str, Any], path: list[str], value: str, several: bool, pointer: str) -> None:
    *way, last = path
    if len(way) > 4 or not all(path):
        raise unreadable(pointer, "unknown_field")
    for step in way:
        raw = raw.setdefault(step, {})
        if not isinstance(raw, dict):
            raise unreadable(pointer, "unknown_field")
    if several:
        raw.setdefault(last, []).append(value)
    elif last in raw:
        raise unreadable(pointer, "duplicate_key", name=escaped(last))
    else:
        raw[last] = value


def _closed_up(value: Any) -> Any:
    """A dictionary whose keys are numbers is a list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _closed_up(one) for name, one in value.items()}
    if inner and all(name.isascii() and name.isdigit() and len(name) < 3 for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _is_list(shape: type[msgspec.Struct], name: str) -> bool:
    """Whether a field of this name takes a list of plain values."""
    found = next((field for field in msgspec.structs.fields(shape) if field.encode_name == name), None)
    if found is None:
        return False
    kind = mi.type_info(found.type)
    while isinstance(kind, mi.Metadata):
        kind = kind.type
    return isinstance(kind, mi.ListType)


def _at(values: Any, name: str) -> Any:
    for step in name.split("."):
        if isinstance(values, list):
            values = values[int(step)] if step.isdigit() and int(step) < len(values) else None
        elif isinstance(values, dict):
            values = values.get(step)
        else:
            return None
    return values


def _told(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def held(body: bytes) -> str:
    """A form body as it is carried through a sign-in; without what says that it comes back from one."""
    try:
        return urlencode([(name, value) for name, value in pairs_of(body) if name != "again"])
    except BadRequest:
        return ""
