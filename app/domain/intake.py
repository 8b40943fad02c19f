"""From raw values (parsed JSON, query strings, form fields) to the Struct a command takes, with every error at once.

A shape is a msgspec Struct whose annotations carry the limits; the OpenAPI document is made from the same annotations.
"""

import datetime as dt
import functools
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta
from msgspec import inspect as mi

from app.codes import CODE_LENGTH, NAME_LENGTH, NOTE_LENGTH, SYMBOL_LENGTH, TEXT_LENGTH, URL_LENGTH
from app.errors import N_, BadRequest, FieldError, Invalid
from app.gate import passed
from app.i18n import Text
from app.strict_json import escaped

T = TypeVar("T", bound=msgspec.Struct)
Raw = dict[str, Any]

_LINES = {"lines": True}
Line = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH)]
Note = Annotated[str, Meta(min_length=1, max_length=NOTE_LENGTH, extra=_LINES)]
Prose = Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH, extra=_LINES)]
Ref = Annotated[str, Meta(max_length=48, pattern="^[A-Za-z0-9][A-Za-z0-9-]{0,47}$")]
UpdateRef = Annotated[str, Meta(max_length=CODE_LENGTH, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,47}\.[1-9][0-9]{0,8}$")]
Code = Annotated[str, Meta(max_length=CODE_LENGTH, pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Symbol = Annotated[str, Meta(max_length=SYMBOL_LENGTH, pattern="^[A-Za-z0-9][A-Za-z0-9 ./()+,:_-]{0,99}$")]
WebAddress = Annotated[str, Meta(max_length=URL_LENGTH, extra={"url": True})]


class Title(Text, frozen=True):
    """A short text in one or both languages, on one line."""

    zh: Line | None = None
    en: Line | None = None


class Remark(Text, frozen=True):
    """A note in one or both languages."""

    zh: Note | None = None
    en: Note | None = None


class Body(Text, frozen=True):
    """A long text in one or both languages."""

    zh: Prose | None = None
    en: Prose | None = None


MOST_ERRORS = 100
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXPECTED: dict[type, str] = {
    mi.StrType: N_("a text"),
    mi.IntType: N_("a whole number"),
    mi.BoolType: N_("true or false"),
    mi.DateType: N_("a date as text"),
    mi.EnumType: N_("a code as text"),
    mi.ListType: N_("a list"),
    mi.StructType: N_("an object"),
}


def unknown_fields(shape: type[msgspec.Struct], raw: Any) -> None:
    """Raise BadRequest for every field, at any depth, that the shape does not have."""
    errors: list[FieldError] = []
    _find_unknown(_info(shape), raw, "", errors)
    if errors:
        raise BadRequest(errors=tuple(errors[:MOST_ERRORS]))


def read(shape: type[T], raw: Raw, *, lenient: bool = False, prefix: str = "/") -> T:
    """The Struct for raw values. `lenient` reads numbers and booleans from text (query strings and forms).

    Raises Invalid with every wrong value; pointers are JSON pointers, or begin with `prefix` otherwise.
    """
    reader = _Reader(lenient)
    value = reader.struct(_info(shape), raw, "" if prefix == "/" else prefix)
    if reader.errors:
        raise Invalid(errors=tuple(reader.errors))
    return cast(T, value)


@functools.cache
def _info(shape: type[msgspec.Struct]) -> mi.StructType:
    return cast(mi.StructType, mi.type_info(shape))


def _plain(kind: mi.Type) -> tuple[mi.Type, dict[str, Any], bool]:
    """The type without its wrappers, its extras, and whether null is allowed."""
    extra: dict[str, Any] = {}
    nullable = False
    while isinstance(kind, mi.Metadata | mi.UnionType):
        if isinstance(kind, mi.Metadata):
            extra |= kind.extra or {}
            kind = kind.type
        else:
            nullable = nullable or any(isinstance(option, mi.NoneType) for option in kind.types)
            kind = next(option for option in kind.types if not isinstance(option, mi.NoneType))
    return kind, extra, nullable


def _find_unknown(kind: mi.Type, raw: Any, pointer: str, errors: list[FieldError]) -> None:
    kind, _, _ = _plain(kind)
    if isinstance(kind, mi.StructType) and isinstance(raw, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        for name, value in raw.items():
            where = f"{pointer}/{escaped(name)}"
            if name not in fields:
                errors.append(FieldError(where, "unknown_field"))
            else:
                _find_unknown(fields[name], value, where, errors)
    elif isinstance(kind, mi.ListType) and isinstance(raw, list):
        for number, value in enumerate(raw):
            _find_unknown(kind.item_type, value, f"{pointer}/{number}", errors)


class _Reader:
    """Walks a shape beside raw values and collects what is wrong."""

    def __init__(self, lenient: bool) -> None:
        self.lenient = lenient
        self.errors: list[FieldError] = []

    def fail(self, pointer: str, code: str, **params: Any) -> None:
        self.errors.append(FieldError(pointer, code, params))

    def struct(self, kind: mi.StructType, raw: Any, pointer: str) -> Any:
        if not isinstance(raw, dict):
            return self.fail(pointer, "wrong_type", expected=_EXPECTED[mi.StructType])
        values: Raw = {}
        before = len(self.errors)
        for field in kind.fields:
            where = f"{pointer}{field.encode_name}" if pointer.endswith("?") else f"{pointer}/{field.encode_name}"
            if field.encode_name in raw:
                values[field.name] = self.value(field.type, raw[field.encode_name], where)
            elif field.required:
                self.fail(where, "required")
        return kind.cls(**values) if len(self.errors) == before else None

    def value(self, kind: mi.Type, raw: Any, pointer: str) -> Any:
        plain, extra, nullable = _plain(kind)
        if raw is None:
            return None if nullable else self.fail(pointer, "required")
        if isinstance(plain, mi.StructType):
            return self.struct(plain, raw, pointer)
        if isinstance(plain, mi.ListType):
            return self.list(plain, raw, pointer)
        if not isinstance(raw, str):
            return self.other(plain, raw, pointer)
        return self.text(plain, extra, raw, pointer)

    def list(self, kind: mi.ListType, raw: Any, pointer: str) -> Any:
        if not isinstance(raw, list):
            return self.fail(pointer, "wrong_type", expected=_EXPECTED[mi.ListType])
        if kind.max_length is not None and len(raw) > kind.max_length:
            return self.fail(pointer, "too_many", limit=kind.max_length)
        return [self.value(kind.item_type, item, pointer if pointer.startswith("?") else f"{pointer}/{n}") for n, item in enumerate(raw)]

    def other(self, kind: mi.Type, raw: Any, pointer: str) -> Any:
        if isinstance(kind, mi.BoolType) and isinstance(raw, bool):
            return raw
        if isinstance(kind, mi.IntType) and isinstance(raw, int) and not isinstance(raw, bool):
            return self.integer(kind, raw, pointer)
        return self.fail(pointer, "wrong_type", expected=_EXPECTED[type(kind)])

    def integer(self, kind: mi.IntType, raw: int, pointer: str) -> Any:
        low, high = kind.ge or 0, kind.le or 0
        return raw if low <= raw <= high else self.fail(pointer, "out_of_range", low=low, high=high)

    def text(self, kind: mi.Type, extra: Raw, raw: str, pointer: str) -> Any:
        read_text = _TEXT_READERS.get(type(kind))
        if read_text is None:
            return self.fail(pointer, "wrong_type", expected=_EXPECTED[type(kind)])
        return read_text(self, kind, extra, raw, pointer)

    def string(self, kind: Any, extra: Raw, raw: str, pointer: str) -> Any:
        if extra.get("secret"):
            return self.secret(kind, raw, pointer)
        text = passed(raw, pointer, limit=kind.max_length or NAME_LENGTH, lines=bool(extra.get("lines")))
        if isinstance(text, FieldError):
            return self.errors.append(text)
        if kind.pattern and not re.fullmatch(kind.pattern.removeprefix("^").removesuffix("$"), text):
            return self.fail(pointer, "bad_form")
        if extra.get("url") and not is_web_address(text):
            return self.fail(pointer, "not_an_address")
        return text

    def secret(self, kind: Any, raw: str, pointer: str) -> Any:
        """What somebody keeps to himself is taken as it is, whatever its characters; only what is no text is refused."""
        if len(raw) > kind.max_length:
            return self.fail(pointer, "too_long", limit=kind.max_length, length=len(raw))
        return self.fail(pointer, "bad_form") if any("\ud800" <= character <= "\udfff" for character in raw) else raw

    def enumeration(self, kind: Any, extra: Raw, raw: str, pointer: str) -> Any:
        try:
            return kind.cls(raw)
        except ValueError:
            return self.fail(pointer, "unknown_code", codes=tuple(kind.cls))

    def date(self, kind: Any, extra: Raw, raw: str, pointer: str) -> Any:
        try:
            return dt.date.fromisoformat(raw) if _DATE.fullmatch(raw) else self.fail(pointer, "not_a_date")
        except ValueError:
            return self.fail(pointer, "not_a_date")

    def number(self, kind: Any, extra: Raw, raw: str, pointer: str) -> Any:
        if self.lenient and _INTEGER.fullmatch(raw):
            return self.integer(kind, int(raw), pointer)
        if self.lenient:
            return self.fail(pointer, "out_of_range", low=kind.ge or 0, high=kind.le or 0)
        return self.fail(pointer, "wrong_type", expected=_EXPECTED[mi.IntType])

    def boolean(self, kind: Any, extra: Raw, raw: str, pointer: str) -> Any:
        if self.lenient and raw in ("true", "false"):
            return raw == "true"
        return self.fail(pointer, "wrong_type", expected=_EXPECTED[mi.BoolType])


_TEXT_READERS: dict[type, Callable[[_Reader, Any, Raw, str, str], Any]] = {
    mi.StrType: _Reader.string,
    mi.EnumType: _Reader.enumeration,
    mi.DateType: _Reader.date,
    mi.IntType: _Reader.number,
    mi.BoolType: _Reader.boolean,
}


def is_web_address(text: str) -> bool:
    """An absolute http(s) address in ASCII without user part, control character or backslash. Stored as text, never fetched."""
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and (parts.port or 1) > 0
    except ValueError:
        return False


def merge_patch(target: Any, patch: Any) -> Any:
    """The result of a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
