"""Files that somebody sent, kept until they are accepted: what they would change, as things stand now, and accepting all or some of it."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
from sqlalchemy import delete, select

from app import tables_imports
from app.actors import Actor, Permission
from app.codes import UploadKind
from app.db import Database
from app.db.records import Register
from app.db.sessions import Reading, WriteSession
from app.db.types import moment_text
from app.domain.columns import IMPORT_DRAFT as _I
from app.domain.commands import command, view
from app.domain.lists import Paging, Place, cursor_of, digest, number_of, place_of
from app.errors import N_, Conflict, FieldError, Invalid, NotFound
from app.formats.confined import ReadError, read_sheets
from app.interchange.differences import Allowed, differences, given_by
from app.interchange.import_facts import Facts
from app.interchange.importing import Outcome, Undo, import_file, import_records
from app.interchange.lines import SHAPES, stored
from app.interchange.record_file import Parsed, RecordFile, in_memory
from app.interchange.sheet_edits import Edit, apply, edits
from app.interchange.sheet_rows import SheetRow, placed, rows_of
from app.interchange.upload_shapes import Accepted, Import, ImportCounts, ImportField, ImportRecord, Upload

DAYS = 7
_MOST_TRIED = 500
"""So many edits of a table are tried before it is kept, while others wait to write; more are judged when they are accepted."""
MOST_ERRORS = 100
_BATCH = 500
_ZIP = b"PK\x03\x04"


class Content(msgspec.Struct, frozen=True):
    """A file that was read: its kind, its bytes, and the cells of a table."""

    kind: UploadKind
    content: bytes
    sheets: bytes | None


def read_upload(content: bytes, upload: Upload) -> Content:
    """A file by its bytes, whatever it is called. Raises Invalid with everything that is wrong in it by itself."""
    if content.startswith(_ZIP):
        kind = UploadKind.XLSX
    elif content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")):
        return Content(UploadKind.NDJSON, content, None)
    else:
        kind = UploadKind.CSV
    if upload.corrigendum or upload.replace_working:
        raise Invalid("import_kind")
    try:
        return Content(kind, content, msgspec.json.encode(read_sheets(content, kind)))
    except ReadError as error:
        raise Invalid(errors=(FieldError(error.where, error.code, error.params),)) from error


def tried(db: Database, actor: Actor, file: Content, upload: Upload) -> None:
    """Raise Invalid with everything in the file that breaks a rule as things stand now; nothing stays written."""
    if file.kind is UploadKind.NDJSON:
        found = import_file(db, actor, in_memory(file.content), Allowed(upload.corrigendum, upload.replace_working), dry_run=True)
        _refuse(_errors(found))
        return
    errors: list[FieldError] = []
    with suppress(Undo), db.write(actor) as session:
        rows = list(rows_of(_seen(file.sheets).sheets, errors))
        planned = [edit for edit in edits(session, rows, errors) if edit.state in ("new", "changed")]
        told = {(error.pointer, error.code) for error in errors}
        trial = _applied(session, planned, rows) if len(planned) <= _MOST_TRIED else []
        errors += [error for error in trial if (error.pointer, error.code) not in told]
        raise Undo
    _refuse(placed(errors, rows))


def _errors(outcome: Outcome, lines: Sequence[int] | None = None) -> list[FieldError]:
    """The errors of a record file, each with its line before the field; of a piece of one, `lines` are those of the whole."""
    found = [(one.line if lines is None or one.line == 0 else lines[one.line - 1], one.error) for one in outcome.errors.kept]
    return [FieldError(f"{line}{error.pointer}", error.code, error.params) for line, error in found]


def _refuse(errors: Sequence[FieldError]) -> None:
    if errors:
        raise Invalid(errors=tuple(errors[:MOST_ERRORS]))


class _Seen(msgspec.Struct):
    """The cells of a table, and the last entry of the ledger when it was sent: what its rows were edited against."""

    seq: int | None
    sheets: Any


def _seen(sheets: bytes | None) -> _Seen:
    """The cells of an upload. Those that were kept before the entry was kept with them are a list."""
    found = msgspec.json.decode(sheets or b"[]", type=_Seen | list)
    return found if isinstance(found, _Seen) else _Seen(None, found)


@command("import:upload", Permission.PUBLISH, personal=True)
def keep_upload(session: WriteSession, file: Content, upload: Upload) -> str:
    """Keep a file until somebody accepts it, for some days at most; returns its id."""
    session.asked().execute(delete(_I).where(_I.created_at <= session.now - dt.timedelta(days=DAYS)))
    sheets = None if file.sheets is None else msgspec.json.encode(_Seen(session.head.seq, msgspec.Raw(file.sheets)))
    row = tables_imports.ImportDraft(
        code=f"i-{secrets.token_hex(8)}", kind=file.kind, name=upload.name, sha256=hashlib.sha256(file.content).hexdigest(),
        content=file.content, sheets=sheets, corrigendum=upload.corrigendum, replace_working=int(upload.replace_working),
        reason=upload.reason, author=session.actor.id, created_at=session.now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.code


def find_upload(session: Reading, code: str) -> Any:
    """The row of an upload that is still kept. Raises NotFound."""
    row = session.first(select(*_I.__table__.columns).where(_I.code == code, _I.created_at > session.now - dt.timedelta(days=DAYS)))
    if row is None:
        raise NotFound
    return row


def import_shown(session: Reading, register: Register, code: str, paging: Paging) -> Import:
    """An upload with a page of what it would change. Raises NotFound, or BadRequest for a cursor of something else."""
    row = find_upload(session, code)
    counts, records = ImportCounts(), []
    for record in _records(session, register, row):
        setattr(counts, record.state, getattr(counts, record.state) + 1)
        if record.state != "equal":
            records.append(record)
    first = number_of(place_of(paging, 1))
    last = first + paging.limit
    following = cursor_of(Place(digest(paging), len(records), [str(last)])) if last < len(records) else None
    return Import(
        id=row.code, kind=row.kind, name=row.name, sha256=row.sha256, accepted=row.accepted_at is not None,
        created_at=moment_text(row.created_at), expires_at=moment_text(row.created_at + dt.timedelta(days=DAYS)),
        corrigendum=row.corrigendum, replace_working=bool(row.replace_working), counts=counts, records=records[first:last],
        total=len(records), next=following,
    )  # fmt: skip


@view(Permission.PUBLISH)
def see_import(session: Reading, register: Register, code: str, paging: Paging) -> Import:
    """The same for whoever may accept it."""
    return import_shown(session, register, code, paging)


def _records(session: Reading, register: Register, row: Any, errors: list[FieldError] | None = None) -> Any:
    """What an upload would do, record by record; `errors` are those of a table."""
    if row.kind == UploadKind.NDJSON:
        yield from _lines(session, register, in_memory(row.content), Allowed(row.corrigendum, bool(row.replace_working)))
    else:
        known = _seen(row.sheets)
        yield from map(_shown, edits(session, rows_of(known.sheets, []), [] if errors is None else errors, known.seq))


def _shown(edit: Edit) -> ImportRecord:
    return ImportRecord(edit.id, edit.entity, edit.ref, edit.state, edit.where, edit.version, edit.changes)


def _lines(session: Reading, register: Register, file: RecordFile, allowed: Allowed) -> Any:
    """What the lines of a record file would do, some at a time."""
    facts = Facts(session, register)
    for kind in SHAPES:
        items = list(_items(file, kind))
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            present = facts.present(kind, batch)
            yield from (_compared(item, present.get(item.key), allowed) for item in batch)


def _compared(item: Parsed, present: Any, allowed: Allowed) -> ImportRecord:
    where = str(item.line)
    if present is None:
        given = [ImportField(one.field, where, None, one.given, None, conflict=False) for one in given_by(item)]
        return ImportRecord(f"{item.kind}/{item.key}", item.kind, item.key, "new", where, None, given)
    _, record = present
    found = [(one, allowed.covers(item.kind, record, one)) for one in differences(item, stored(item.kind, record))]
    changes = [ImportField(one.field, where, one.stored, one.given, None, not covered) for one, covered in found]
    state = "equal" if not found else "changed" if all(covered for _, covered in found) else "conflict"
    return ImportRecord(f"{item.kind}/{item.key}", item.kind, item.key, state, where, record.get("version"), changes)


@command("record:import", Permission.PUBLISH)
def accept_import(session: WriteSession, code: str, accepted: Accepted) -> None:
    """Do what an upload says, all of it or for some records, as things stand now.

    Raises Conflict where a record that is accepted differs otherwise than by what may change, Invalid where a rule stands against it.
    """
    row = find_upload(session, code)
    if row.accepted_at is not None:
        raise Conflict("import_accepted")
    session.reason = session.reason or row.reason
    errors: list[FieldError] = []
    known = list(_records(session, session.register, row, errors))
    if accepted.records is None:  # all of it: then nothing may have gone meanwhile
        _refuse([error for error in errors if error.code == "unknown_reference"])
    chosen = _chosen(known, accepted)
    if any(record.state == "conflict" for record in chosen):
        raise Conflict("import_conflict", errors=_conflicts(chosen))
    names = {record.id for record in chosen}
    if row.kind == UploadKind.NDJSON:
        _accept_lines(session, row, names)
    else:
        _accept_cells(session, row, names)
    found = session.scalars(select(_I).where(_I.code == code)).one()
    found.accepted_at = session.now
    session.flush()


def acceptable(session: WriteSession, code: str) -> list[str]:
    """The ids of all records of an upload that are new or changed, as things stand now. Raises NotFound."""
    return [one.id for one in _records(session, session.register, find_upload(session, code)) if one.state in ("new", "changed")]


def _chosen(known: Sequence[ImportRecord], accepted: Accepted) -> list[ImportRecord]:
    if accepted.records is None:
        return [record for record in known if record.state != "equal"]
    by_id = {record.id: record for record in known}
    unknown = [(n, name) for n, name in enumerate(accepted.records) if name not in by_id]
    _refuse([FieldError(f"/records/{n}", "unknown_reference", {"entity": N_("record"), "ref": name}) for n, name in unknown])
    return [by_id[name] for name in dict.fromkeys(accepted.records)]


def _conflicts(chosen: Sequence[ImportRecord]) -> tuple[FieldError, ...]:
    found = [
        FieldError(
            change.where,
            "record_differs",
            {"entity": record.entity, "ref": record.ref or "", "stored": _short(change.before), "given": _short(change.after)},
        )
        for record in chosen
        for change in record.changes
        if change.conflict
    ]
    return tuple(found[:MOST_ERRORS])


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else f"{text[:79]}…"


def _accept_lines(session: WriteSession, row: Any, names: set[str]) -> None:
    file = in_memory(row.content)
    wanted = {item.line for kind in SHAPES for item in _items(file, kind) if f"{kind}/{item.key}" in names}
    if wanted:
        piece = in_memory(file.as_sent(wanted))
        outcome = import_records(session, piece, Allowed(row.corrigendum, bool(row.replace_working)))
        _refuse(_errors(outcome, sorted(wanted)))
        if outcome.conflict_count:
            raise Conflict("import_conflict")


def _items(file: RecordFile, kind: str) -> Any:
    return file.updates() if kind == "status_update" else file.of_kind(kind)


def _accept_cells(session: WriteSession, row: Any, names: set[str]) -> None:
    errors: list[FieldError] = []
    known = _seen(row.sheets)
    every = list(rows_of(known.sheets, errors))
    planned = [edit for edit in edits(session, every, errors, known.seq) if edit.id in names]
    _refuse(placed(_applied(session, planned, every), every))


def _applied(session: WriteSession, planned: Sequence[Edit], rows: Sequence[SheetRow]) -> list[FieldError]:
    by_where = {one.where: one for one in rows}
    return apply(session, planned, {edit.id: by_where[edit.where] for edit in planned})
