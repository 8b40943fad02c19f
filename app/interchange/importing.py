"""A record file coming in: what is missing is made, what is equal is left, and what differs is a conflict; all of it or nothing.

Every kind is written in batches inside the one transaction of the session, so that memory does not grow with the file.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import msgspec

from app.actors import Actor, Permission
from app.db import Database
from app.db.engines import be_patient, count_on
from app.db.prepared import BATCH as _BATCH
from app.db.records import Record
from app.db.sessions import WriteSession
from app.domain import derived
from app.domain.commands import command
from app.domain.events import create_event
from app.domain.frameworks import create_framework
from app.domain.organizations import create_organization
from app.errors import Conflict as Taken
from app.errors import FieldError, Invalid
from app.interchange.differences import Allowed, Difference, differences
from app.interchange.import_facts import Facts
from app.interchange.import_rules import Rules
from app.interchange.lines import SHAPES, builtins, errors_of, record_of, stored
from app.interchange.record_file import MOST_KEPT, Errors, Parsed, RecordFile, Shown

T = TypeVar("T")

_CREATE: dict[str, Callable[..., Any]] = {
    "organization": create_organization,
    "framework": create_framework,
    "event": create_event,
}


class Conflict(msgspec.Struct, frozen=True):
    """A field of a line that differs from what is stored, and that no import may change."""

    line: int
    entity: str
    ref: str
    field: str
    stored: Any
    given: Any


class Outcome:
    """What an import did or, where there are errors or conflicts, would not do."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors
        self.conflicts: list[Conflict] = []
        self.conflict_count = 0
        self.added = dict.fromkeys(SHAPES, 0)
        self.changed = 0
        self.equal = 0

    @property
    def refused(self) -> bool:
        return bool(self.errors.count or self.conflict_count)

    def conflict(self, item: Parsed, difference: Difference) -> None:
        self.conflict_count += 1
        if len(self.conflicts) < MOST_KEPT:
            self.conflicts.append(Conflict(item.line, item.kind, item.key, f"/{difference.field}", difference.stored, difference.given))


@command("record:import", Permission.PUBLISH)
def import_records(session: WriteSession, file: RecordFile, allowed: Allowed, *, shown: Shown = lambda lines: None) -> Outcome:
    """Bring the records of a surveyed file in. Whoever calls undoes the transaction where the outcome is refused."""
    be_patient(session.asked())
    return _Import(session, file, allowed, shown).run()


class Undo(Exception):  # noqa: N818  # no error: it ends a transaction that shall leave nothing behind
    pass


def import_file(
    db: Database,
    actor: Actor,
    file: RecordFile,
    allowed: Allowed,
    *,
    reason: str | None = None,
    dry_run: bool = False,
    shown: Shown = lambda lines: None,
) -> Outcome:
    """Bring a file in, in a transaction of its own which is undone where the outcome is refused, or for a dry run."""
    try:
        with db.write(actor, reason=reason) as session:
            outcome = import_records(session, file, allowed, shown=shown)
            if outcome.refused or dry_run:
                raise Undo
    except Undo:
        pass
    return outcome


class _Import:
    """One run over the file. `changes` are new values of columns of commitments that were there before, by internal key."""

    def __init__(self, session: WriteSession, file: RecordFile, allowed: Allowed, shown: Shown) -> None:
        self.session, self.file, self.allowed, self.shown = session, file, allowed, shown
        self.outcome = Outcome(file.errors)
        self.facts = Facts(session, session.register)
        self.changes: dict[int, Record] = {}
        self.rules = Rules(session, self.facts, file, self.changes)
        self.settle: set[int] = set()
        self.written: set[str] = set()

    def run(self) -> Outcome:
        for kind in _CREATE:
            self._each(kind, self.file.of_kind(kind), self._create)
        self.facts.learn()
        self._each("document", self.file.of_kind("document"), self._insert)
        self.facts.learn_documents()
        wholes, parts = (self._commitments(part=part) for part in (False, True))
        self._each("commitment", wholes, self._insert)
        self._each("commitment", parts, self._insert)
        if not self.outcome.refused:
            self._check_parts()
        self._each("status_update", self.file.updates(), self._insert)
        for kind in ("confirmation", "action", "link", "equivalence"):
            self._each(kind, self.file.of_kind(kind), self._insert)
        if not self.outcome.refused:
            self._finish()
        return self.outcome

    def _commitments(self, *, part: bool) -> Iterator[Parsed]:
        return (item for item in self.file.of_kind("commitment") if (item.values.parent is not None) is part)

    def _each(self, kind: str, items: Iterable[Parsed], add: Callable[[str, list[Parsed]], None]) -> None:
        """Compare batches with what is stored, and add what is new of them."""
        empty = self.facts.is_empty(kind)
        for batch in _batches(items):
            present = {} if empty else self.facts.present(kind, batch)
            add(kind, [item for item in batch if item.key not in present])
            for item in batch:
                if item.key in present:
                    self._compare(item, *present[item.key])
            self.shown(len(batch))

    def _compare(self, item: Parsed, key: int, record: Record) -> None:
        """Leave an equal record; change what the import may change; note every other difference as a conflict."""
        found = differences(item, stored(item.kind, record))
        forbidden = [one for one in found if not self.allowed.covers(item.kind, record, one)]
        for difference in forbidden:
            self.outcome.conflict(item, difference)
        if not found:
            self.outcome.equal += 1
        elif not forbidden:
            self._change(item.kind, key, found)

    def _change(self, kind: str, key: int, found: list[Difference]) -> None:
        self.outcome.changed += 1
        values = {one.column: one.given for one in found}
        if kind == "commitment":
            self.changes[key] = values
            self.settle.add(key)
        else:
            self.session.revise(kind, {key: values})

    def _create(self, kind: str, batch: list[Parsed]) -> None:
        """Make records of which there are few by the commands that people use."""
        for item in batch:
            try:
                _CREATE[kind](self.session, item.values)
                self.session.flush()
                self.outcome.added[kind] += 1
            except (Invalid, Taken) as problem:
                for row in list(self.session.new):
                    self.session.expunge(row)
                self._refuse(item, errors_of(problem))

    def _refuse(self, item: Parsed, errors: list[FieldError]) -> None:
        """Note what stands against a line; only then may it excuse others, or a part that names itself would excuse itself."""
        self.outcome.errors.add(item.line, *(error for error in errors if not self._follows(error)))
        self.file.failed.add((item.kind, item.key))

    def _follows(self, error: FieldError) -> bool:
        """Whether something is unknown only because its own line is wrong."""
        return error.code == "unknown_reference" and (error.params.get("entity"), error.params.get("ref")) in self.file.failed

    def _insert(self, kind: str, batch: list[Parsed]) -> None:
        """Make records of which there may be many: judged one by one, written together."""
        self.rules.prepare(kind, batch)
        records = []
        for item in batch:
            if errors := self.rules.errors(item):
                self._refuse(item, errors)
            else:
                records.append(record_of(kind, builtins(item.values) | self.rules.resolved(item)))
        if not records:
            return
        keys = self.session.insert(kind, records, self.facts.ids)
        self.written.add(kind)
        self.outcome.added[kind] += len(records)
        self._follow(kind, keys, records)
        self.facts.forget()

    def _follow(self, kind: str, keys: list[int], records: list[Record]) -> None:
        """Note which commitments stand differently because of these records, and which of those were there before."""
        if kind == "commitment":
            self.settle.update(keys)
            self.facts.fresh.update(keys)
            self.settle.update(self.facts.ids["commitment", record["parent"]] for record in records if record["parent"])
        elif kind in ("status_update", "confirmation"):
            counted = [record["commitment"] for record in records if record.get("state", "published") == "published"]
            for commitment in {self.facts.ids["commitment", ref] for ref in counted}:
                self.settle.add(commitment)
                if commitment not in self.facts.fresh:
                    self.changes.setdefault(commitment, {})
        elif kind == "action":
            self.facts.new_actions.update(keys)
        elif kind == "link":
            self.facts.linked.update(self.facts.ids["action", record["action"]] for record in records)
            self.settle.update(key for record in records for key in self.facts.family(record["commitment"]))
        elif kind == "equivalence":
            self.settle.update(self.facts.commitments([record["ref"] for record in records if record["entity"] == "commitment"]))

    def _check_parts(self) -> None:
        for batch in _batches(list(self.changes)):
            for ref, error in self.rules.torn(batch):
                self.outcome.errors.add(self.file.known["commitment"].get(ref, 0), error)

    def _finish(self) -> None:
        """Write what was changed, then everything that follows from what came in."""
        self.session.revise("commitment", dict(sorted(self.changes.items())))
        linked = [key for key in sorted(self.facts.linked) if key not in self.facts.new_actions]
        self.session.revise("action", {key: {} for key in linked})
        for batch in _batches(sorted(self.settle)):
            derived.rewrite(self.session, self.session.asked(), batch)
        if self.settle:
            derived.recount(self.session.asked())
        count_on(self.session.asked(), [self.session.register.by_entity[kind].table for kind in self.written])


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, _BATCH)):
        yield batch
