"""The append-only, hash-chained ledger: its table, its canonical form, appending to it, and walking along it.

The forms are fixed: whoever mirrors the feed recomputes them. `tests/verifier.py` is an independent reading of them.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, bindparam, select
from sqlmodel import SQLModel

from app.db.engines import ByteText
from app.db.prepared import Paged, Prepared
from app.db.types import moment_of, moment_text

DOMAIN = b"hainan-ledger-v1\0"
GENESIS = "0" * 64
FORM = 1
_BATCH = 1000

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

CHANGE = Table(
    "change",
    SQLModel.metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("tx", BigInteger().with_variant(Integer(), "sqlite"), nullable=False),
    *(Column(name, ByteText, nullable=False) for name in ("at", "actor", "action", "entity", "ref", "body", "body_sha256")),
    Column("prev_hash", ByteText, nullable=False, unique=True),
    Column("hash", ByteText, nullable=False, unique=True),
    Index("ix_change_entity_ref", "entity", "ref", "seq"),
    Index("ix_change_at", "at"),
    sqlite_strict=True,
)
_canonical = msgspec.json.Encoder(order="sorted")
_in_this_order = msgspec.json.Encoder().encode


class Head(msgspec.Struct, frozen=True):
    """The last entry: what a new one is chained to. `seq` at the end of a transaction is the revision."""

    seq: int = 0
    tx: int = 0
    at: str = ""
    hash: str = GENESIS


class Entry(msgspec.Struct, frozen=True):
    """What a transaction did to one record; `record` is null where it was removed."""

    entity: str
    ref: str
    record: dict[str, Any] | None


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of strings, integers, booleans, nulls, lists and objects with ASCII keys (no floats exist here)."""
    return _canonical.encode(value)


class Chained(msgspec.Struct, frozen=True):
    """What the hash of an entry is made of, in the order of the canonical form."""

    action: str
    actor: str
    at: str
    body_sha256: str
    entity: str
    prev_hash: str
    ref: str
    seq: int
    tx: int

    @property
    def hash(self) -> str:
        return hashlib.sha256(DOMAIN + _in_this_order(self)).hexdigest()


def head(connection: Connection, seq: int | None = None) -> Head:
    """The last entry, or the last one at or before `seq`; an empty Head where there is none."""
    rows = _HEAD.rows(connection, {}) if seq is None else _HEAD_AT.rows(connection, {"seq": seq})
    return Head(*rows[0]) if rows else Head()


_LAST = select(CHANGE.c.seq, CHANGE.c.tx, CHANGE.c.at, CHANGE.c.hash).order_by(CHANGE.c.seq.desc()).limit(1)
_HEAD, _HEAD_AT = Prepared(_LAST), Prepared(_LAST.where(CHANGE.c.seq <= bindparam("seq")))
_ENTRIES = Paged(select(CHANGE), CHANGE.c.seq)
_INSERT = Prepared(CHANGE.insert().values({column.name: bindparam(column.name) for column in CHANGE.c}))


def next_moment(last: Head, now: dt.datetime) -> dt.datetime:
    """The moment of the next transaction: now, but always later than the one before, whatever the clock does."""
    if not last.at:
        return now
    return max(now, moment_of(last.at) + dt.timedelta(microseconds=1))


def append(
    connection: Connection,
    last: Head,
    entries: Iterable[Entry],
    *,
    at: dt.datetime,
    actor: str,
    action: str,
    reason: str | None,
    more: bool = False,
) -> Head:
    """Chain the entries to `last` as one transaction and return the new head. Writers must be serialised around it.

    With `more` they belong to the transaction whose entries came last.
    """
    moment = moment_text(at)
    tx = last.tx if more else last.tx + 1
    rows: list[dict[str, Any]] = []
    seq, previous = last.seq, last.hash
    for entry in entries:
        seq += 1
        body = canonical({"v": FORM, "record": entry.record, "reason": reason, "salt": secrets.token_hex(16)})
        digest = hashlib.sha256(body).hexdigest()
        chained = Chained(action, actor, moment, digest, entry.entity, previous, entry.ref, seq, tx)
        previous = chained.hash
        rows.append(msgspec.structs.asdict(chained) | {"body": body.decode(), "hash": previous})
        if len(rows) == _BATCH:
            _INSERT.each(connection, rows)
            rows = []
    _INSERT.each(connection, rows)
    return Head(seq, tx, moment, previous) if seq > last.seq else last


def walk(connection: Connection, after: int = 0, at_once: int = _BATCH) -> Iterator[Any]:
    """Entries with seq above `after` in order, some at a time."""
    return _ENTRIES.all(connection, at_once, after)


def revision_at(connection: Connection, asked: int | str) -> int:
    """The last revision (end of a transaction) at or before a number or a moment in the ledger's form; 0 if there is none."""
    column = CHANGE.c.seq if isinstance(asked, int) else CHANGE.c.at
    found = connection.execute(select(CHANGE.c.seq, CHANGE.c.tx).where(column <= asked).order_by(CHANGE.c.seq.desc()).limit(1)).first()
    if found is None:
        return 0
    following = connection.execute(select(CHANGE.c.tx).where(CHANGE.c.seq == found.seq + 1)).scalar()
    if following != found.tx:
        return int(found.seq)
    before = connection.execute(
        select(CHANGE.c.seq).where(CHANGE.c.seq <= found.seq, CHANGE.c.tx < found.tx).order_by(CHANGE.c.seq.desc()).limit(1)
    ).scalar()
    return int(before or 0)
