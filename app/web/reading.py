"""Reading requests by the contract's order: media type, then form, then fields; values and versions come after."""

import functools
import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from app.domain.intake import read, unknown_fields
from app.errors import BadRequest, FieldError, TagRequired, WrongMediaType
from app.strict_json import escaped, json_object

T = TypeVar("T", bound=msgspec.Struct)
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
MAX_PARAMETERS = 200
MAX_VALUES = 50
_TAG = re.compile(r'"([1-9][0-9]{0,8})\.([0-9a-f]{16})"')


def media_type(header: str | None, expected: str) -> None:
    """Raise WrongMediaType unless the body is declared as expected; a charset other than UTF-8 is refused as well."""
    declared, _, parameters = (header or "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if declared.strip().lower() != expected or charset not in ("", "charset=utf-8"):
        raise WrongMediaType("media_type", expected=expected)


def one_of(header: str | None, expected: tuple[str, ...]) -> None:
    """Raise WrongMediaType unless the body is declared as one of these."""
    if (header or "").partition(";")[0].strip().lower() not in expected:
        raise WrongMediaType("media_type", expected=expected)


def fields(body: bytes, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The raw values of a body whose fields are all known."""
    raw = json_object(body)
    unknown_fields(shape, raw)
    return raw


def query(query_string: bytes, shape: type[T]) -> T:
    """The filter in a query string; blank values are dropped. Raises BadRequest for its form, Invalid for its values."""
    names, lists = _parameters(shape)
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in pairs(query_string):
        where = f"?{escaped(name)}"
        if name not in names:
            errors.append(FieldError(where, "unknown_parameter"))
        elif name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            errors.append(FieldError(where, "repeated_parameter"))
        else:
            values[name] = value
    errors += [FieldError(f"?{name}", "too_many_values", {"limit": MAX_VALUES}) for name in lists if len(values.get(name, ())) > MAX_VALUES]
    if errors:
        raise BadRequest(errors=tuple(errors))
    return read(shape, values, lenient=True, prefix="?")


@functools.cache
def _parameters(shape: type[msgspec.Struct]) -> tuple[frozenset[str], frozenset[str]]:
    """The names a filter has, and those that may be repeated."""
    found = msgspec.structs.fields(shape)
    return frozenset(f.encode_name for f in found), frozenset(f.encode_name for f in found if f.default_factory is list or f.default == [])


def pairs(query_string: bytes) -> list[tuple[str, str]]:
    """The parameters of a query string without blank ones. Raises BadRequest where it is not UTF-8 or has too many."""
    try:
        text = query_string.decode("ascii")
        return [(n, v) for n, v in parse_qsl(text, encoding="utf-8", errors="strict", max_num_fields=MAX_PARAMETERS) if v]
    except UnicodeDecodeError as error:
        raise BadRequest("address_not_utf8") from error
    except ValueError as error:
        raise BadRequest("too_many_values", limit=MAX_PARAMETERS) from error


def matched_version(if_match: str | None) -> int:
    """The version that If-Match names; 0, which no record has, for a tag we never gave out. Raises TagRequired."""
    if if_match is None:
        raise TagRequired("tag_missing")
    if if_match.strip() == "*":
        raise TagRequired("tag_star")
    match = _TAG.fullmatch(if_match.strip())
    return int(match[1]) if match else 0
