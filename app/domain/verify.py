"""The proof: the chain is whole, and replaying it gives today's tables, field by field. Takes the same memory whatever the size."""

import functools
import itertools
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.exc import DBAPIError

from app.db import ledger
from app.db.engines import is_no_text
from app.db.ledger import CHANGE
from app.db.prepared import BATCH as _BATCH
from app.db.prepared import Paged, Prepared
from app.db.records import Kind, Reader, Record, Register
from app.db.search_index import kept_terms, search_index_fault
from app.db.sessions import ReadSession
from app.db.triggers import missing_ledger_triggers
from app.domain import derived
from app.domain.columns import COMMITMENT, COMMITMENT_TALLY
from app.domain.entries import body_of, broken, holds, is_removal, misplaced
from app.domain.replay import batches
from app.terms import terms_of

_REMEMBERED = 50_000
"""How many records the walk remembers to be there; of any other it asks the ledger."""
Key = tuple[str, str]
T = TypeVar("T")
_NEWEST = (
    select(func.max(CHANGE.c.seq))
    .where(CHANGE.c.entity == bindparam("entity"), CHANGE.c.ref.in_(bindparam("refs", expanding=True)), CHANGE.c.seq <= bindparam("seq"))
    .group_by(CHANGE.c.ref)
)
_LAST = Prepared(select(CHANGE.c.ref, CHANGE.c.seq, CHANGE.c.body).where(CHANGE.c.seq.in_(_NEWEST)))
_NAMES = select(func.count(CHANGE.c.ref.distinct())).where(CHANGE.c.entity == bindparam("entity"))


class Fault(msgspec.Struct, frozen=True):
    """The first thing that is wrong: the entry that shows it (0 where it is none) and one line why."""

    seq: int
    why: str


class Verdict(msgspec.Struct, frozen=True):
    """What `verify` found; the ledger proves itself where `fault` is null."""

    entries: int
    head: str
    fault: Fault | None


def verify(session: ReadSession, register: Register) -> Verdict:
    """Walk the whole ledger and all tables, and stop at the first fault."""
    verdict = verify_records(session, register)
    return verdict if verdict.fault else msgspec.structs.replace(verdict, fault=verify_derived(session, register))


def verify_records(session: ReadSession, register: Register) -> Verdict:
    """The first half of the proof: the ledger is whole, and every row is the record of its last entry."""
    connection = session.connection
    walk = _Walk(register, connection)
    if missing := missing_ledger_triggers(connection):
        return Verdict(0, ledger.GENESIS, Fault(0, f"the trigger {missing[0]} that protects the ledger is missing or changed"))
    fault = walk.chain() or walk.tables()
    return Verdict(walk.last.seq, walk.last.hash, fault)


def verify_derived(session: ReadSession, register: Register) -> Fault | None:
    """The second half, which asks the tables only: everything derived follows from the records."""
    connection = session.connection
    return _astray(connection, register) or _derived(session) or _unsearched(connection, register) or _unsearchable(connection, register)


class _Walk:
    """One pass over the ledger and one over the tables. `removed` names the records of each kind that are gone."""

    def __init__(self, register: Register, connection: Connection) -> None:
        self.register, self.connection = register, connection
        self.last = ledger.Head()
        self.removed: dict[str, set[str]] = {kind.entity: set() for kind in register.kinds}
        self._remembered: OrderedDict[Key, bool] = OrderedDict()
        self._pointed: dict[Key, int] = {}

    def chain(self) -> Fault | None:
        try:
            return self._chain(ledger.walk(self.connection))
        except DBAPIError as error:
            if not is_no_text(error):
                raise
        try:
            return self._chain(ledger.walk(self.connection, self.last.seq, 1))
        except DBAPIError:
            return Fault(self.last.seq + 1, "it holds bytes that are no text")

    def _chain(self, rows: Iterator[Any]) -> Fault | None:
        for row in rows:
            ended = self._pointing_nowhere() if row.tx != self.last.tx else None
            body = body_of(row.body)
            why = broken(row, self.last) or ("its body is not in canonical form" if body is None else misplaced(row, self.last))
            if why or body is None:
                return Fault(row.seq, why or "")
            if ended or (ended := self._take(row, body.record)):
                return ended
            self.last = ledger.Head(row.seq, row.tx, row.at, row.hash)
        return self._pointing_nowhere()

    def _take(self, row: Row[Any], record: Record | None) -> Fault | None:
        """Take an entry whose form is good; what it says must be a record of its kind under its own name."""
        if row.entity not in self.removed:
            return Fault(row.seq, f"there is no kind of record called {row.entity}")
        if record is None:
            was_there = self._there([(row.entity, row.ref)])
            self._remember((row.entity, row.ref), is_there=False)
            return None if was_there else Fault(row.seq, f"it removes {row.entity} {row.ref}, which did not exist")
        try:
            name = self.register.reader(row.entity).ref(record)
            for target in self.register.targets(row.entity, record):
                self._pointed.setdefault(target, row.seq)
        except (AttributeError, KeyError, TypeError):
            return Fault(row.seq, f"its record does not have the form of a {row.entity}")
        if name != row.ref:
            return Fault(row.seq, f"it is filed under {row.ref} and holds {name}")
        self._remember((row.entity, row.ref), is_there=True)
        return None

    def _remember(self, key: Key, *, is_there: bool) -> None:
        entity, ref = key
        (self.removed[entity].discard if is_there else self.removed[entity].add)(ref)
        self._remembered.pop(key, None)
        self._remembered[key] = is_there
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    def _pointing_nowhere(self) -> Fault | None:
        """At the end of a transaction: everything its records point to must exist."""
        pointed, self._pointed = self._pointed, {}
        for some in _some(iter(pointed.items())):
            there = self._there([key for key, _ in some])
            for key, seq in some:
                if key not in there:
                    return Fault(seq, f"it points to {key[0]} {key[1]}, which did not exist then")
        return None

    def _there(self, keys: Sequence[Key]) -> set[Key]:
        """Which of these records there are after the last entry that was looked at."""
        there = {key for key in keys if self._remembered.get(key)}
        unknown: dict[str, list[str]] = {}
        for entity, ref in keys:
            if (entity, ref) not in self._remembered:
                unknown.setdefault(entity, []).append(ref)
        for entity, refs in unknown.items():
            last = _LAST.rows(self.connection, {"entity": entity, "refs": refs, "seq": self.last.seq})
            there |= {(entity, ref) for ref, _, body in last if not is_removal(body)}
        return there

    def tables(self) -> Fault | None:
        """Every row is the record of its last entry, and every record has its row."""
        short: list[Kind] = []
        for kind in self.register.kinds:
            reader, found = self.register.reader(kind.entity), 0
            for some in _some(reader.all(self.connection)):
                found += len(some)
                if fault := self._differing(reader, some):
                    return fault
            names = self.connection.execute(_NAMES, {"entity": kind.entity}).scalar() or 0
            if found != names - len(self.removed[kind.entity]):
                short.append(kind)
        missing = [fault for kind in short for fault in self._missing(kind)]
        return missing[0] if missing else None

    def _differing(self, reader: Reader, some: list[tuple[int, Record]]) -> Fault | None:
        """The first of some records that is not what its last entry says."""
        entity, named = reader.kind.entity, [(reader.ref(record), record) for _, record in some]
        last = _LAST.rows(self.connection, {"entity": entity, "refs": [ref for ref, _ in named], "seq": self.last.seq})
        known = {ref: (seq, body) for ref, seq, body in last if ref not in self.removed[entity]}
        for ref, record in named:
            seq, body = known.pop(ref, (0, ""))
            if seq == 0:
                return Fault(0, f"{entity} {ref} is in the tables but not in the ledger")
            if not holds(body, record):
                return Fault(seq, f"{entity} {ref} is not in the tables what the ledger says")
        return None

    def _missing(self, kind: Kind) -> Iterator[Fault]:
        """Records that the ledger has and the tables have not."""
        reader = self.register.reader(kind.entity)
        there = {reader.ref(record) for _, record in reader.all(self.connection)} | self.removed[kind.entity]
        last = select(CHANGE.c.ref, func.max(CHANGE.c.seq)).where(CHANGE.c.entity == kind.entity).group_by(CHANGE.c.ref)
        for ref, seq in self.connection.execute(last.order_by(func.max(CHANGE.c.seq))):
            if ref not in there:
                yield Fault(seq, f"{kind.entity} {ref} is in the ledger but not in the tables")


def _some(items: Iterator[T]) -> Iterator[list[T]]:
    while some := list(itertools.islice(items, _BATCH)):
        yield some


def _unsearched(connection: Connection, register: Register) -> Fault | None:
    """What search keeps of every record is what follows from its texts."""
    for kind in register.kinds:
        if kind.searched:
            kept = kept_terms(connection, kind.searched.table)
            for key, ref, *texts in _texts(connection, kind):
                if next(kept, None) != (key, terms_of(texts)):
                    return Fault(0, f"{kind.entity} {ref}: what search knows of it does not follow from its texts")
    return None


def _texts(connection: Connection, kind: Kind) -> Iterator[Any]:
    """Internal key, name and searched texts of every record, in the order of the keys."""
    key, *others = (kind.table.c[name] for name in ("id", *kind.key, *(kind.searched.columns if kind.searched else ())))
    return Paged(select(key, *others), key).all(connection)


def _astray(connection: Connection, register: Register) -> Fault | None:
    """Rows that belong to nothing, and names that do not follow from the record."""
    for kind in register.kinds:
        for child in kind.children:
            owner = child.table.c[child.owner]
            if connection.execute(select(owner).where(owner.not_in(select(kind.table.c.id))).limit(1)).first():
                return Fault(0, f"a row of {child.table.name} belongs to no {kind.entity}")
        if fault := _misnamed(connection, kind):
            return fault
    return None


def _misnamed(connection: Connection, kind: Kind) -> Fault | None:
    """Slugs, numbers and comparison keys follow from the public key alone (the order key is derived with the rest)."""
    key = kind.table.c[kind.key[0]]
    names = [column.name for column in kind.table.columns if column.name in _NAMED]
    if not names:
        return None
    rows = Paged(select(kind.table.c.id, key, *(kind.table.c[name] for name in names)), kind.table.c.id)
    for _, ref, *found in rows.all(connection):
        wanted = kind.names({key.name: ref})
        if [wanted[name] for name in names] != found:
            return Fault(0, f"{kind.entity} {ref}: its {names[0]} does not follow from its name")
    return None


_NAMED = ("slug", "ref_key", "number")


def _derived(session: ReadSession) -> Fault | None:
    """Every derived column of a commitment is what follows from the other rows today."""
    for ids in batches(session.connection):
        if fault := _differing(session, derived.derive(session, ids)):
            return fault
    stored = session.rows(select(*COMMITMENT_TALLY.__table__.columns).where(COMMITMENT_TALLY.n != 0))
    if {tuple(row) for row in stored} != {tuple(row) for row in session.rows(derived.TALLIED)}:
        return Fault(0, "the tally of commitments is not what counting them gives")
    return None


def _differing(session: ReadSession, wanted: derived.Values) -> Fault | None:
    names = tuple(next(iter(wanted.values())))
    rows = session.rows(_stored(names), ids=list(wanted))
    for identity, ref, *found in rows:
        for name, value in zip(names, found, strict=True):
            if value != wanted[identity][name]:
                return Fault(0, f"commitment {ref}: its {name} does not follow from its updates, links and texts")
    return None


@functools.cache
def _stored(names: tuple[str, ...]) -> Prepared:
    """These columns of some commitments, with key and ref."""
    columns = [getattr(COMMITMENT, name) for name in names]
    return Prepared(select(COMMITMENT.id, COMMITMENT.ref, *columns).where(COMMITMENT.id.in_(bindparam("ids", expanding=True))))


def _unsearchable(connection: Connection, register: Register) -> Fault | None:
    """What keeps search from finding what there is."""
    for kind in register.kinds:
        if kind.searched and (why := search_index_fault(connection, kind.searched.table.name)):
            return Fault(0, why)
    return None


def faults(verdict: Verdict) -> Iterator[str]:
    """The lines to print for a verdict that is not good."""
    if verdict.fault is not None:
        yield f"entry {verdict.fault.seq}: {verdict.fault.why}" if verdict.fault.seq else verdict.fault.why
