"""Uploads on the wire: what is said with a file, what it would change, and what of it is accepted."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.codes import NAME_LENGTH, UploadKind
from app.domain.intake import Symbol
from app.domain.shapes import Moment

RecordId = Annotated[str, Meta(max_length=200)]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about a file that is sent: its name, why, and what it may change besides (record files only)."""

    name: Annotated[str, Meta(max_length=NAME_LENGTH)] | None = None
    reason: Annotated[str, Meta(max_length=NAME_LENGTH)] | None = None
    corrigendum: Symbol | None = None
    replace_working: bool = False


class ImportField(msgspec.Struct, frozen=True):
    """One field that differs: what is stored, what the file says, and what it said when it was exported, if that is known.

    A conflict is a field that was changed meanwhile, or one that may not be changed unless it is named.
    """

    field: str
    where: str
    before: Any
    after: Any
    exported: Any
    conflict: bool


class ImportRecord(msgspec.Struct, frozen=True):
    """What the file would do to one record; `ref` is null where the register would give one."""

    id: RecordId
    entity: str
    ref: str | None
    state: str
    where: str
    version: int | None
    changes: list[ImportField]


class ImportCounts(msgspec.Struct):
    new: int = 0
    changed: int = 0
    equal: int = 0
    conflict: int = 0


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """An upload and what it would change as things stand now; equal records are counted and not listed."""

    id: str
    kind: UploadKind
    name: str | None
    sha256: str
    accepted: bool
    created_at: Moment
    expires_at: Moment
    corrigendum: str | None
    replace_working: bool
    counts: ImportCounts
    records: list[ImportRecord]
    total: Annotated[int, Meta(ge=0)]
    next: str | None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Which records to accept, by their ids; without them all that are new or changed."""

    records: Annotated[list[RecordId], Meta(max_length=10_000)] | None = None
