"""What pages of lists share: which choices of a filter are made, and the addresses of the same list a little different."""

from typing import Any

import msgspec

from app.web import reading
from app.web.rendering import with_query
from app.web.visit import Visit

EXPORTS = ("csv", "xlsx", "ndjson")
"""The formats of exports: to read, to edit with explanations, and to import elsewhere."""


def chosen(filters: msgspec.Struct) -> dict[str, tuple[str, ...]]:
    """The values of a filter as they stand in the address, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in msgspec.structs.asdict(filters).items():
        values = value if isinstance(value, list) else [value]
        found[name] = tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values if one is not None)
    return found


def further(call: Visit, cursor: str | None) -> str | None:
    """The address of the following page."""
    return refined(call, cursor=cursor) if cursor else None


def exported(call: Visit, shape: type[msgspec.Struct], **more: str) -> list[tuple[str, str]]:
    """Each format a list can be taken along in, with its address: with those of the filters in ours that the export knows."""
    kept = [(name, value) for name, value in reading.pairs(call.query_string) if name in shape.__struct_fields__]
    return [(one, with_query(f"/api/v1/export.{one}", [*kept, *more.items()])) for one in EXPORTS]


def refined(call: Visit, **changes: Any) -> str:
    """The address of this list with some parameters set anew; None takes one away."""
    kept = [(name, value) for name, value in reading.pairs(call.query_string) if name not in changes]
    return with_query(call.path, [*kept, *((name, value) for name, value in changes.items() if value is not None)])
