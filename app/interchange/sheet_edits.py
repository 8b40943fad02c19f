"""What the rows of an uploaded table would change: cell by cell against what is stored, and against what was exported.

A cell that still says what was exported says nothing, whatever happened to the record meanwhile; a cell that somebody edited, and that
somebody else changed meanwhile to something else, is a conflict. New rows make draft updates and planned actions.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from app import tables
from app.codes import Authority
from app.db.sessions import Reading, WriteSession
from app.domain.action_commands import ActionFields, change_action, create_action, find_action
from app.domain.actions import action
from app.domain.commitment_list import commitment
from app.domain.commitments import CommitmentFields, change_commitment, find_commitment
from app.domain.intake import Ref, read
from app.domain.statuses import StatusChange, record_update, status_update
from app.errors import Conflict, FieldError, Invalid, NotFound, Problem
from app.i18n import Lang, Text
from app.interchange.columns import FIELDS
from app.interchange.lines import errors_of
from app.interchange.sheet_fixed import fixed, left_over
from app.interchange.sheet_rows import ENTITIES, SheetRow
from app.interchange.sheet_seen import seen
from app.interchange.upload_shapes import ImportField

_PAIRED = ("_zh", "_en")


class Edit(msgspec.Struct, frozen=True):
    """What one row would do to one record; `ref` is null where it would make one."""

    id: str
    entity: str
    ref: str | None
    where: str
    version: int | None
    changes: list[ImportField]
    patch: dict[str, Any]

    @property
    def state(self) -> str:
        if self.ref is None:
            return "new"
        if not self.changes:
            return "equal"
        return "conflict" if any(change.conflict for change in self.changes) else "changed"


class _NewUpdate(StatusChange, frozen=True, kw_only=True):
    """An update that a row would make, and of which commitment."""

    commitment: Ref


def edits(session: Reading, rows: Iterable[SheetRow], errors: list[FieldError], since: int | None = None) -> Iterator[Edit]:
    """What every row would do as things stand now; what cannot be done is added to `errors`, by its cell.

    `since` is the last entry of the ledger when the file was sent: a row that names no version is held against that.
    """
    for row in rows:
        entity, ref = ENTITIES[row.table], row.values.get("ref")
        if ref is None:
            yield from _new(session, entity, row, errors)
            continue
        now = _present(session, entity, ref)
        if now is None:
            errors.append(FieldError(row.cells["ref"], "unknown_reference", {"entity": entity, "ref": ref}))
            continue
        base = seen(session, entity, row, now, since, errors)
        edit = _edit(entity, row, now, base)
        errors += fixed(row, entity, now, base)
        errors += _official(edit, now)
        errors += _unreadable(entity, row, now, edit.patch)
        yield edit


def _new(session: Reading, entity: str, row: SheetRow, errors: list[FieldError]) -> Iterator[Edit]:
    """A row without a ref: a draft update or a planned action. Commitments come in by record files."""
    if entity == "commitment":
        errors.append(FieldError(row.cells["ref"], "required"))
        return
    writable = _writable(entity, new=True)
    errors += left_over(row, writable, session.actor.organization)
    said = {name: value for name, value in row.values.items() if name in writable and value not in (None, [])}
    patch = _folded(said)
    try:
        read(_NewUpdate if entity == "status_update" else ActionFields, patch)
    except Problem as problem:
        errors += [_at(row, error) for error in errors_of(problem)]
        return
    changes = [ImportField(name, row.cells[name], None, value, None, conflict=False) for name, value in said.items()]
    yield Edit(f"{entity}/{row.where}", entity, None, row.where, None, changes, patch)


def _writable(entity: str, *, new: bool = False) -> set[str]:
    """The columns that may change a record, or make a new one; an update that is there is never changed by a table."""
    table = next(table for table, name in ENTITIES.items() if name == entity)
    names = {field.name for field in FIELDS[table] if field.editable}
    if new:
        return names | ({"status"} if entity == "action" else {"corrects"})
    return set() if entity == "status_update" else names


def _present(session: Reading, entity: str, ref: str) -> Any:
    """The record as everybody with the actor's rights sees it, or None."""
    try:
        if entity == "commitment":
            return commitment(session, ref, review_months=0)
        return action(session, ref) if entity == "action" else status_update(session, ref)
    except NotFound:
        return None


def _flat(record: Any, name: str) -> Any:
    """The value of a column of a record: one side of a text, a list, or the field itself."""
    for lang in ("zh", "en"):
        if name.endswith(f"_{lang}") and hasattr(record, name.removesuffix(f"_{lang}")):
            return getattr(getattr(record, name.removesuffix(f"_{lang}")), lang)
    return msgspec.to_builtins(getattr(record, name))


def _edit(entity: str, row: SheetRow, now: Any, base: dict[str, Any] | None) -> Edit:
    """What a row would do to a record, of which whoever edited the row saw `base`; None is what it says now."""
    changes = []
    for name in sorted(_writable(entity) & row.values.keys(), key=list(row.values).index):
        said, present = row.values[name], _flat(now, name)
        before = present if base is None else base.get(name, present)
        if said not in (present, before):
            conflict = base is not None and before != present
            changes.append(ImportField(name, row.cells[name], present, said, before, conflict))
    patch = _folded({change.field: change.after for change in changes})
    return Edit(f"{entity}/{now.ref}", entity, now.ref, row.where, now.version, changes, patch)


def _folded(columns: dict[str, Any]) -> dict[str, Any]:
    """Columns as the fields of a record: `text_en` goes into `text`."""
    found: dict[str, Any] = {}
    for name, value in columns.items():
        if name.endswith(_PAIRED):
            found.setdefault(name[:-3], {})[name[-2:]] = value
        else:
            found[name] = value
    return found


def _official(edit: Edit, now: Any) -> list[FieldError]:
    """An error for each cell with official wording that was edited."""
    if edit.entity != "commitment":
        return []
    official = {f"text_{lang}" for lang in Lang if getattr(now.languages, lang).authority == Authority.OFFICIAL}
    return [FieldError(change.where, "official_text") for change in edit.changes if change.field in official]


def _merged(entity: str, now: Any, patch: dict[str, Any]) -> dict[str, Any]:
    """All values of the fields that a command takes, with the patch in them."""
    shape = CommitmentFields if entity == "commitment" else ActionFields
    values: dict[str, Any] = {name: msgspec.to_builtins(getattr(now, name)) for name in shape.__struct_fields__}
    for name, value in patch.items():
        values[name] = values[name] | value if isinstance(value, dict) else value
    return values


def _unreadable(entity: str, row: SheetRow, now: Any, patch: dict[str, Any]) -> list[FieldError]:
    if not patch:
        return []
    try:
        read(CommitmentFields if entity == "commitment" else ActionFields, _merged(entity, now, patch))
    except Problem as problem:
        return [_at(row, error) for error in errors_of(problem)]
    return []


def _at(row: SheetRow, error: FieldError) -> FieldError:
    """The error at the cell that caused it."""
    parts = error.pointer.strip("/").split("/")
    name = "_".join(parts[:2]) if len(parts) > 1 and parts[1] in ("zh", "en") else parts[0]
    sides = (name, *(f"{name}{side}" for side in _PAIRED))
    return FieldError(next((row.cells[one] for one in sides if one in row.cells), row.where), error.code, error.params)


def apply(session: WriteSession, chosen: Sequence[Edit], rows: dict[str, SheetRow]) -> list[FieldError]:
    """Do what these rows say, each by the command that people use; what stands against it, by its cell."""
    errors: list[FieldError] = []
    texts = _texts(session, chosen)
    for edit in chosen:
        try:
            _apply(session, edit, texts)
            session.flush()
        except (Invalid, Conflict) as problem:
            errors += [_at(rows[edit.id], error) for error in errors_of(problem)]
        session.expunge_all()  # every question looks at all rows the session holds, and what was refused shall not be written
    return errors


def _texts(session: WriteSession, chosen: Sequence[Edit]) -> dict[str, Text]:
    """The texts that commitments will have."""
    found: dict[str, Text] = {}
    for edit in chosen:
        if edit.entity == "commitment" and edit.ref is not None and "text" in edit.patch:
            with suppress(Invalid):
                found[edit.ref] = _fields(session, edit.ref, edit.patch).text
    return found


def _fields(session: WriteSession, ref: str, patch: dict[str, Any]) -> CommitmentFields:
    return read(CommitmentFields, _merged("commitment", commitment(session, ref, review_months=0), patch))


def _apply(session: WriteSession, edit: Edit, texts: dict[str, Text]) -> None:
    if edit.entity == "commitment" and edit.ref is not None:
        change_commitment(session, find_commitment(session, edit.ref), _fields(session, edit.ref, edit.patch), texts)
    elif edit.entity == "action" and edit.ref is not None:
        change_action(session, find_action(session, edit.ref), read(ActionFields, _merged("action", action(session, edit.ref), edit.patch)))
    elif edit.entity == "action":
        create_action(session, read(ActionFields, edit.patch))
    else:
        new = read(_NewUpdate, edit.patch)
        record_update(session, _commitment_of(session, new), new)


def _commitment_of(session: WriteSession, new: _NewUpdate) -> tables.Commitment:
    """The commitment of a new update. Raises Invalid for one that is unknown: it is the cell that is wrong, not the address of the file."""
    try:
        return find_commitment(session, new.commitment)
    except NotFound as problem:
        unknown = FieldError("/commitment", "unknown_reference", {"entity": "commitment", "ref": new.commitment})
        raise Invalid(errors=(unknown,)) from problem
