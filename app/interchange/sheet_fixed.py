"""Cells that a table cannot change: whoever filled one is told, for what an import does not do must not be passed over."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from app.errors import FieldError
from app.interchange.export_tables import cells_of
from app.interchange.sheet_rows import SheetRow

_STATUS = ("status", "status_zh", "status_en")
_FIXED = {
    "commitment": (
        *_STATUS, "status_effective_on", "last_confirmed_on", "tracking", "kind", "document", "level", "parent", "position",
        "authority_zh", "authority_en", "addressees", "frameworks",
    ),
    "status_update": (
        *_STATUS, "effective_on", "narrative_zh", "narrative_en", "commitment", "evidence", "state", "corrects", "published_no",
        "organization",
    ),
    "action": (*_STATUS, "commitments"),
}  # fmt: skip
"""The columns that stay as they are as long as the version does. Counts, moments and the state of a translation may move without it."""
_BOOKKEEPING = ("status_zh", "status_en", "version", "recorded_at", "updated_at")
"""What may stand in a copied row: it says nothing that the register does not say by itself."""


def fixed(row: SheetRow, entity: str, now: Any, base: dict[str, Any] | None) -> list[FieldError]:
    """An error for each cell of a record that was edited although a table cannot change it.

    A row that was exported earlier may say what was true then, which `base` knows of everything but what follows from other records.
    """
    exported, earlier = cells_of(entity, now), row.values.get("version") not in (None, now.version)
    edited = [name for name in _FIXED[entity] if name in row.values and _text(row.values[name]) != _text(exported[name])]
    if earlier:
        edited = [name for name in edited if _known(base, name) and _text(row.values[name]) != _text((base or {})[name])]
    return [FieldError(row.cells[name], "read_only_column") for name in edited]


def _known(base: dict[str, Any] | None, name: str) -> bool:
    return base is not None and name in base and not isinstance(base[name], list | dict)


def left_over(row: SheetRow, taken: Collection[str], organization: str | None) -> list[FieldError]:
    """An error for each filled cell of a new row that would come to nothing; `organization` is that of whoever brings it in."""
    follows = {"state": "draft", "organization": organization}
    names = [name for name in row.values if name not in (*taken, *_BOOKKEEPING)]
    filled = [name for name in names if row.values[name] not in (None, [], follows.get(name))]
    return [FieldError(row.cells[name], "read_only_column") for name in filled]


def _text(value: Any) -> str:
    """A cell as both sides say it: dates as texts, an empty one like none."""
    text = value.isoformat() if isinstance(value, dt.date) else "" if value is None else str(value)
    return text.replace("\r\n", "\n").strip()
