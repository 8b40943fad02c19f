"""Forms: their fields become the same Structs as the bodies of the API, and what was typed stays with every error beside its field.

A field is named by its path (`narrative.zh`, `evidence.0.kind`); a field of a list of codes is repeated. Blank fields say nothing.
`version`, `key`, `do`, `reason`, `next`, `held` and `again` are about the form itself.
"""

import re
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import inspect as mi

from app.domain.commands import Versioned, expect
from app.domain.intake import merge_patch, read, unknown_fields
from app.errors import BadRequest, Conflict, Invalid, Outdated, Problem, Resumed, unreadable
from app.i18n import Lang
from app.strict_json import escaped
from app.web import reading
from app.web.choices import new_key
from app.web.form_labels import in_order, named
from app.web.problems import Detail, body_of

T = TypeVar("T", bound=msgspec.Struct)
Pairs = list[tuple[str, str]]
ABOUT = ("version", "key", "do", "reason", "next", "held", "again")
MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 2_000
_MOST_ENTRIES = 50
_ENTRY = re.compile(r"([a-z_]{1,40})\.([0-9]{1,2})\.(.{1,200})")
AGAIN = (Resumed, Invalid, Conflict, Outdated)
"""After these a form is shown again, with what was typed and what is wrong with it."""
MORE = "more"
"""The value of `do` that asks for another blank entry of a list: nothing is stored."""
_UNSEEN = ("password", "current", "code", "secret")
"""What is never written into a page, not even into that of a sign-in that had run out."""


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
        self.labels: dict[str, str] = {}
        """What the page calls its fields, in their order, once they were rendered."""

    def read(self, matching: Versioned | None = None, kept: dict[str, Any] | None = None) -> T:
        """The values, in the contract's order: 415, 400, then 412 where a record is matched, then 422 with every error.

        `kept` holds raw values that the form does not offer; what is typed goes over them.
        """
        raw = self.raw()
        if matching is not None:
            expect(matching, self.version)
        return self.values_of(raw, kept)

    def raw(self) -> dict[str, Any]:
        """What was sent, as the API would get it. Raises WrongMediaType, BadRequest, and Resumed where nothing is to be done."""
        self.open()
        raw = raw_values(self.shape, self._fields())
        unknown_fields(self.shape, raw)
        if self.about("again") or self.about("do") == MORE:
            raise Resumed
        return raw

    def values_of(self, raw: dict[str, Any], kept: dict[str, Any] | None = None) -> T:
        """The Struct of raw values. Raises Invalid with every error."""
        return read(self.shape, merge_patch(kept, raw) if kept else raw, lenient=True)

    def open(self) -> None:
        """Take the body apart. Raises WrongMediaType and BadRequest."""
        reading.media_type(self._content_type, MEDIA_TYPE)
        self.pairs = moved_up(taken_apart(pairs_of(self._body)))

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
        return self.blamed(problem)

    def blamed(self, problem: Problem | Resumed) -> "Form[T]":
        """The form as it was before, with what stands against it: for a step that sends no fields."""
        if isinstance(problem, Problem):
            self.problem = problem
            body = body_of(problem, self.lang, "")
            self.title, self.detail, self.errors = body.title, body.detail, body.errors
        return self

    # what templates ask

    @property
    def key(self) -> str:
        """What a second click sends again, so that it has no second effect; a new one once it was used for something else."""
        used = self.problem is not None and self.problem.code == "form_sent"
        return (not used and self.about("key")) or new_key()

    @property
    def tag(self) -> str:
        """The version the form is sent with: where somebody was faster the one there now, which is in view."""
        if isinstance(self.problem, Outdated):
            return str(self.problem.params["version"])
        return self.about("version") if self.pairs is not None else _told(self._now.get("version"))

    @property
    def outdated(self) -> bool:
        """Whether somebody else stored something since the form was opened."""
        return isinstance(self.problem, Outdated)

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed, as raw values."""
        return raw_values(self.shape, self._fields())

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

    def errors_of(self, name: str, label: str = "") -> list[str]:
        """What is wrong with a field; the page tells what it calls it."""
        self.called(name, label)
        pointer = "/" + name.replace(".", "/")
        return [error.detail for error in self.errors if error.pointer == pointer]

    def errors_in(self, name: str, label: str = "") -> list[str]:
        """What is wrong with a list of codes or any of them."""
        self.called(name, label)
        return [error.detail for error in self.errors if f"{error.pointer}/".startswith(f"/{name}/")]

    def called(self, name: str, label: str) -> str:
        """What the page calls a field or an entry of a list; there is nothing to show of it."""
        if label:
            self.labels.setdefault(name.replace("/", "."), label)
        return ""

    @property
    def status(self) -> int:
        """The status of the page that shows the form."""
        return self.problem.status if self.problem else 200

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """Every error with the id of its field, empty where the form has none, and the field's name."""
        errors = in_order(self.labels, self.errors)
        return [(self._target(error.pointer), named(self.lang, self.labels, error.pointer), error.detail) for error in errors]

    def _target(self, pointer: str) -> str:
        first, *_ = way = pointer.strip("/").split("/")
        return f"f-{'-'.join(way)}" if first in (*self.shape.__struct_fields__, "reason") else ""


def pairs_of(body: bytes) -> Pairs:
    """The fields of a form body, blank ones too. Raises BadRequest where it is not UTF-8 or has too many."""
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise BadRequest("not_utf8") from error
    except ValueError as error:
        raise BadRequest("too_many_values", limit=MAX_FIELDS) from error


def taken_apart(pairs: Pairs) -> Pairs:
    """The same fields, but a place in a framework, chosen as one (`frameworks.0.place` is `sdg:17`), as the two that the API has."""
    found: Pairs = []
    for name, value in pairs:
        rest, dot, last = name.rpartition(".")
        framework, colon, code = value.partition(":")
        if dot and last == "place" and (colon or not value):
            found += [(f"{rest}.framework", framework), (f"{rest}.code", code)]
        else:
            found.append((name, value))
    return found


def moved_up(pairs: Pairs) -> Pairs:
    """The same fields with the entries of lists numbered without gaps, so that errors name the entry they are beside."""
    numbers: dict[str, set[int]] = {}
    for name, value in pairs:
        if value and (entry := _ENTRY.fullmatch(name)):
            numbers.setdefault(entry[1], set()).add(int(entry[2]))
    places = {(name, number): place for name, known in numbers.items() for place, number in enumerate(sorted(known))}
    found: Pairs = []
    for name, value in pairs:
        entry = _ENTRY.fullmatch(name)
        if entry is None:
            found.append((name, value))
        elif (entry[1], int(entry[2])) in places:
            found.append((f"{entry[1]}.{places[entry[1], int(entry[2])]}.{entry[3]}", value))
    return found


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
    """A form body as it is carried through a sign-in; without what says that it comes back from one, and without secrets."""
    try:
        return urlencode([(name, value) for name, value in pairs_of(body) if name not in ("again", *_UNSEEN)])
    except BadRequest:
        return ""
