"""The proof: the chain is whole, and replaying it gives today's tables, field by field."""

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import DBAPIError

from app.db import ledger
from app.db.engines import is_no_text
from app.db.records import Kind, Record, Register, Searched
from app.db.search_index import kept_terms, search_index_fault
from app.db.sessions import ReadSession
from app.db.triggers import missing_ledger_triggers
from app.domain import derived
from app.domain.columns import COMMITMENT, COMMITMENT_TALLY
from app.domain.replay import batches

_BATCH = 500
_FIELDS = ("seq", "tx", "at", "actor", "action", "entity", "ref", "body_sha256", "prev_hash")
_BODY = {"v", "record", "reason", "salt"}
_SALT = re.compile("[0-9a-f]{32}")
_MOMENT = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z")
_LARGEST = 2**53
_decode = msgspec.json.Decoder(dict[str, Any])
Key = tuple[str, str]


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
    connection = session.connection
    walk = _Walk(register)
    if missing := missing_ledger_triggers(connection):
        return Verdict(0, ledger.GENESIS, Fault(0, f"the trigger {missing[0]} that protects the ledger is missing or changed"))
    fault = walk.chain(connection) or walk.tables(connection) or _derived(session) or _unsearchable(connection, register)
    return Verdict(walk.last.seq, walk.last.hash, fault)


class _Walk:
    """One pass over the ledger. `living` holds the last entry of every record that exists, with the hash of the record."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.last = ledger.Head()
        self.living: dict[Key, tuple[int, bytes]] = {}
        self.pointed: dict[Key, int] = {}

    def chain(self, connection: Connection) -> Fault | None:
        try:
            return self._chain(ledger.walk(connection))
        except DBAPIError as error:
            if not is_no_text(error):
                raise
        one_by_one = (row for seq in itertools.count(self.last.seq + 1) for row in ledger.walk(connection, seq - 1, 1))
        try:
            return self._chain(one_by_one)
        except DBAPIError:
            return Fault(self.last.seq + 1, "it holds bytes that are no text")

    def _chain(self, rows: Iterator[Any]) -> Fault | None:
        for row in rows:
            ended = self._pointing_nowhere() if row.tx != self.last.tx else None
            if why := broken(row, self.last):
                return Fault(row.seq, why)
            if ended or (ended := self._take(row)):
                return ended
            self.last = ledger.Head(row.seq, row.tx, row.at, row.hash)
        return self._pointing_nowhere()

    def _take(self, row: Row[Any]) -> Fault | None:
        """Take an entry whose form is good; what it says must be a record of its kind under its own name."""
        if row.entity not in self.register.by_entity:
            return Fault(row.seq, f"there is no kind of record called {row.entity}")
        record = _decode.decode(row.body)["record"]
        if record is None:
            gone = self.living.pop((row.entity, row.ref), None)
            return None if gone else Fault(row.seq, f"it removes {row.entity} {row.ref}, which did not exist")
        try:
            name, targets = self.register.reader(row.entity).ref(record), list(self.register.targets(row.entity, record))
            self.pointed |= dict.fromkeys(targets, row.seq) | self.pointed
        except (AttributeError, KeyError, TypeError):
            return Fault(row.seq, f"its record does not have the form of a {row.entity}")
        if name != row.ref:
            return Fault(row.seq, f"it is filed under {row.ref} and holds {name}")
        self.living[row.entity, row.ref] = (row.seq, _digest(record))
        return None

    def _pointing_nowhere(self) -> Fault | None:
        """At the end of a transaction: everything its records point to must exist."""
        pointed, self.pointed = self.pointed, {}
        for (entity, ref), seq in pointed.items():
            if (entity, ref) not in self.living:
                return Fault(seq, f"it points to {entity} {ref}, which did not exist then")
        return None

    def tables(self, connection: Connection) -> Fault | None:
        """Every row is the record of its last entry, and every record has its row."""
        for kind in self.register.kinds:
            reader = self.register.reader(kind.entity)
            terms = _Terms(connection, kind.searched)
            for key, record in reader.all(connection, _BATCH):
                ref = reader.ref(record)
                if not terms.follow(key, record):
                    return Fault(0, f"{kind.entity} {ref}: what search knows of it does not follow from its texts")
                seq, digest = self.living.pop((kind.entity, ref), (0, b""))
                if seq == 0:
                    return Fault(0, f"{kind.entity} {ref} is in the tables but not in the ledger")
                if _digest(record) != digest:
                    return Fault(seq, f"{kind.entity} {ref} is not in the tables what the ledger says")
        for (entity, ref), (seq, _) in self.living.items():
            return Fault(seq, f"{entity} {ref} is in the ledger but not in the tables")
        return self._astray(connection)

    def _astray(self, connection: Connection) -> Fault | None:
        """Rows that belong to nothing, and names that do not follow from the record."""
        for kind in self.register.kinds:
            for child in kind.children:
                owner = child.table.c[child.owner]
                if connection.execute(select(owner).where(owner.not_in(select(kind.table.c.id))).limit(1)).first():
                    return Fault(0, f"a row of {child.table.name} belongs to no {kind.entity}")
            if fault := _misnamed(connection, kind):
                return fault
        return None


class _Terms:
    """The stored terms of one kind of record, read along with the records in the order of their keys."""

    def __init__(self, connection: Connection, searched: Searched | None) -> None:
        self._searched = searched
        self._rows = kept_terms(connection, searched.table, _BATCH) if searched else iter(())

    def follow(self, key: int, record: Record) -> bool:
        """Whether the next terms are those of this record."""
        return self._searched is None or next(self._rows, None) == (key, self._searched.terms(record))


def _misnamed(connection: Connection, kind: Kind) -> Fault | None:
    """Slugs, numbers and comparison keys follow from the public key alone (the order key is derived with the rest)."""
    key = kind.table.c[kind.key[0]]
    names = [column.name for column in kind.table.columns if column.name in _NAMED]
    if not names:
        return None
    for ref, *found in connection.execute(select(key, *(kind.table.c[name] for name in names)).execution_options(yield_per=_BATCH)):
        wanted = kind.names({key.name: ref})
        if [wanted[name] for name in names] != found:
            return Fault(0, f"{kind.entity} {ref}: its {names[0]} does not follow from its name")
    return None


_NAMED = ("slug", "ref_key", "number")


def _digest(record: Record) -> bytes:
    return hashlib.sha256(ledger.canonical(record)).digest()


def broken(row: Any, last: ledger.Head) -> str | None:
    """What is wrong with an entry that should follow `last`."""
    if row.seq != last.seq + 1:
        return f"entry {last.seq + 1} is missing"
    if row.prev_hash != last.hash:
        return "it is not chained to the entry before it"
    if row.body_sha256 != hashlib.sha256(row.body.encode()).hexdigest():
        return "its body does not have the hash that was recorded"
    if row.hash != ledger.entry_hash({name: getattr(row, name) for name in _FIELDS}):
        return "its hash does not fit its fields"
    if not _is_canonical(row.body):
        return "its body is not in canonical form"
    if not _MOMENT.fullmatch(row.at):
        return "its moment does not have the form of the ledger"
    if row.tx == last.tx:
        return None if row.at == last.at else "its moment differs from the rest of its transaction"
    if row.tx != last.tx + 1:
        return f"transaction {last.tx + 1} is missing"
    return None if row.at > last.at else "its moment does not lie after the entry before it"


def _is_canonical(body: str) -> bool:
    """Whether a body is the one spelling of version 1: its fields, their types, NFC, and no number that spellings could differ on."""
    try:
        value = _decode.decode(body)
    except msgspec.MsgspecError:
        return False
    return (
        ledger.canonical(value) == body.encode()
        and set(value) == _BODY
        and value["v"] == ledger.FORM
        and isinstance(value["reason"], str | None)
        and isinstance(value["record"], dict | None)
        and bool(isinstance(value["salt"], str) and _SALT.fullmatch(value["salt"]))
        and _only_safe_numbers(value)
        and unicodedata.is_normalized("NFC", body)
    )


def _only_safe_numbers(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_only_safe_numbers(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_only_safe_numbers(inner) for inner in value)
    return not isinstance(value, float) and not (isinstance(value, int) and abs(value) > _LARGEST)


def _derived(session: ReadSession) -> Fault | None:
    """Every derived column of a commitment is what follows from the other rows today."""
    for ids in batches(session.connection):
        for group in derived.EVERYTHING:
            wanted = group(session, ids)
            if fault := _differing(session, wanted):
                return fault
    stored = session.rows(select(*COMMITMENT_TALLY.__table__.columns).where(COMMITMENT_TALLY.n != 0))
    if {tuple(row) for row in stored} != {tuple(row) for row in session.rows(derived.TALLIED)}:
        return Fault(0, "the tally of commitments is not what counting them gives")
    return None


def _differing(session: ReadSession, wanted: derived.Values) -> Fault | None:
    names = list(next(iter(wanted.values())))
    columns = [getattr(COMMITMENT, name) for name in names]
    rows = session.rows(select(COMMITMENT.id, COMMITMENT.ref, *columns).where(COMMITMENT.id.in_(list(wanted))))
    for identity, ref, *found in rows:
        for name, value in zip(names, found, strict=True):
            if value != wanted[identity][name]:
                return Fault(0, f"commitment {ref}: its {name} does not follow from its updates, links and texts")
    return None


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
