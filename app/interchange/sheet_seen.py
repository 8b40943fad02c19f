"""What a record said when a table of it was made: its version there tells, or else the moment at which the table was sent."""

from typing import Any

import msgspec
from sqlalchemy import select

from app.db.ledger import CHANGE
from app.db.sessions import Reading
from app.errors import FieldError
from app.interchange.lines import stored
from app.interchange.sheet_rows import SheetRow


def seen(session: Reading, entity: str, row: SheetRow, now: Any, since: int | None, errors: list[FieldError]) -> dict[str, Any] | None:
    """The columns of the record as whoever edited the row saw them; None where that is how they are now.

    `since` is the last entry of the ledger when the file was sent. A version that the record never had is an error.
    """
    version = row.values.get("version")
    if version == now.version:
        return None
    if version is None:
        return None if since is None else _sent(session, entity, now.ref, since)
    found = _exported(session, entity, now.ref, version)
    if found is None:
        errors.append(FieldError(row.cells["version"], "version_unknown", {"version": version}))
    return found


def _sent(session: Reading, entity: str, ref: str, since: int) -> dict[str, Any] | None:
    """The columns as they were when the file was sent."""
    last = select(CHANGE.c.body).where(CHANGE.c.entity == entity, CHANGE.c.ref == ref, CHANGE.c.seq <= since)
    row = session.first(last.order_by(CHANGE.c.seq.desc()).limit(1))
    record = msgspec.json.decode(row[0])["record"] if row else None
    return None if record is None else _columns(stored(entity, record))


def _exported(session: Reading, entity: str, ref: str, version: int) -> dict[str, Any] | None:
    """The columns at the version that was exported."""
    bodies = select(CHANGE.c.body).where(CHANGE.c.entity == entity, CHANGE.c.ref == ref).order_by(CHANGE.c.seq.desc())
    for row in session.rows(bodies):
        record = msgspec.json.decode(row[0])["record"]
        if record is not None and record["version"] == version:
            return _columns(stored(entity, record))
    return None


def _columns(record: dict[str, Any]) -> dict[str, Any]:
    found = dict(record)
    for name, value in record.items():
        if isinstance(value, dict) and value.keys() == {"zh", "en"}:
            found |= {f"{name}_{lang}": value[lang] for lang in ("zh", "en")}
    return found
