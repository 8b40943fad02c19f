"""JSON read strictly: one object, every key once, not too deep, in valid UTF-8."""

import json
from typing import Any

from app.errors import BadRequest, unreadable

MAX_DEPTH = 64


def escaped(name: str) -> str:
    """A field name inside a JSON pointer, shortened and stripped to what may be echoed."""
    shown = "".join(character if character.isascii() and character.isprintable() else "?" for character in name[:64])
    return shown.replace("~", "~0").replace("/", "~1")


def json_object(body: bytes) -> dict[str, Any]:
    """The object in the body. Raises BadRequest: not UTF-8, not JSON, a key twice, nested too deep, not an object."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_number, parse_int=_integer
        )
    except UnicodeDecodeError as error:
        raise BadRequest("not_utf8") from error
    except RecursionError as error:
        raise BadRequest("too_deep", limit=MAX_DEPTH) from error
    except ValueError as error:
        raise BadRequest("not_json") from error
    if _depth(value) > MAX_DEPTH:
        raise BadRequest("too_deep", limit=MAX_DEPTH)
    if not isinstance(value, dict):
        raise unreadable("", "wrong_type", expected="an object")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise unreadable(f"/{escaped(name)}", "duplicate_key", name=escaped(name))
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _number(text: str) -> float:
    return float(text)


def _integer(text: str) -> int | float:
    """Integers far beyond every bound become floats, which no field takes: converting them costs quadratic time."""
    return int(text) if len(text) <= 40 else float("inf")


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())]
    return deepest
