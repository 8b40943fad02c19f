"""What pages of lists share: which choices of a filter are made, and the addresses of the same list a little different."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from app.web import reading
from app.web.rendering import with_query
from app.web.visit import Visit


def chosen(filters: msgspec.Struct) -> dict[str, list[str]]:
    """The values of a filter as they stand in the address, by name."""
    found: dict[str, list[str]] = {}
    for name, value in msgspec.structs.asdict(filters).items():
        values = value if isinstance(value, list) else [value]
        found[name] = [str(one).lower() if isinstance(one, bool) else str(one) for one in values if one is not None]
    return found


def further(call: Visit, cursor: str | None) -> str | None:
    """The address of the following page."""
    return refined(call, cursor=cursor) if cursor else None


def refined(call: Visit, **changes: Any) -> str:
    """The address of this list with some parameters set anew; None takes one away."""
    kept = [(name, value) for name, value in reading.pairs(call.query_string) if name not in changes]
    return with_query(call.path, [*kept, *((name, value) for name, value in changes.items() if value is not None)])


Entry = tuple[Any, Any, int | None]
"""A value of a filter, its label, and how many it would show (None where that was not counted)."""


def offers(numbers: Mapping[str, int] | None, values: Iterable[str], picked: list[str], label: Callable[[str], Any]) -> list[Entry]:
    """The values of a filter that would show something or are chosen; all of them where nothing was counted."""
    if numbers is None:
        return [(value, label(value), None) for value in values]
    return [(value, label(value), numbers.get(value, 0)) for value in values if numbers.get(value) or value in picked]
