"""An earlier revision rebuilt from the ledger, in a scratch database that the same functions read."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, bindparam, column, func, insert, select

from app.actors import system_actor
from app.db import ledger, utc_now
from app.db.engines import ByteText
from app.db.json_sql import DifferentAsJSON, EachText
from app.db.ledger import CHANGE
from app.db.prepared import BATCH as _BATCH
from app.db.prepared import Prepared
from app.db.records import Ids, Record, Register
from app.db.restoring import restore
from app.db.scratch import scratch_database
from app.db.sessions import Reading, ReadSession
from app.domain import derived
from app.domain.columns import COMMITMENT, USER
from app.errors import NotFound
from app.register import REGISTER
from app.tables import METADATA

_SHARED = ("organization", "framework", "event", "document")
_body = msgspec.json.Decoder(dict[str, Any])


def revision_for(session: Reading, asked: int | str) -> int:
    """The revision at or before a number or moment. Raises NotFound before the first."""
    revision = ledger.revision_at(session.asked(), asked)
    if revision == 0:
        raise NotFound("before_first_revision")
    return revision


@contextmanager
def as_recorded(session: ReadSession, revision: int, commitment_refs: Sequence[str], actions: Iterable[str] = ()) -> Iterator[ReadSession]:
    """A session on what the ledger said at `revision` of these commitments and everything about them, and of these actions.

    Commitments that are there only because an action serves them as well come without their updates.
    """
    records = {entity: _last(session, entity, None, revision) for entity in _SHARED}
    refs = _family(session, commitment_refs)
    for entity, separator in (("status_update", "."), ("confirmation", "/")):
        records[entity] = _last(session, entity, _below(session, entity, refs, separator), revision)
    serving = {*actions, *(link["action"] for link in _last(session, "link", _links(session, refs), revision))}
    records["link"] = _last(session, "link", _below(session, "link", sorted(serving), "/"), revision)
    records["action"] = _last(session, "action", serving, revision)
    served = _family(session, sorted({*refs, *(link["commitment"] for link in records["link"])}))
    records["commitment"] = _last(session, "commitment", served, revision)
    records["equivalence"] = _equivalences(session, refs, sorted(serving), revision)
    with scratch(records) as connection:
        _introduce(session, connection)
        yield ReadSession(connection, session.actor, session.now)


def _introduce(session: Reading, connection: Connection) -> None:
    """Whoever sees the names of people sees them in the past as well: those of today, since the ledger knows none."""
    if not session.actor.is_staff:
        return
    wanted = select(USER.actor_id, USER.name, USER.name_key, USER.role, USER.created_at)
    people = [row._asdict() | {"password_hash": ""} for row in session.asked().execute(wanted)]
    if people:
        connection.execute(insert(USER), people)


@contextmanager
def scratch(records: dict[str, list[Record]]) -> Iterator[Connection]:
    """A database in memory that holds these records, with everything that follows from them."""
    with scratch_database(METADATA, tuple(searched.table.name for searched in REGISTER.searched)) as connection:
        fill(connection, REGISTER, records)
        yield connection


def fill(connection: Connection, register: Register, records: dict[str, list[Record]]) -> None:
    """Restore records into empty tables and derive what follows."""
    ids: Ids = {}
    for kind in register.kinds:
        restore(connection, register, kind.entity, sorted(records.get(kind.entity, ()), key=_pointed_to_first), ids)
    derive_all(connection)


def _pointed_to_first(record: Record) -> tuple[bool, int]:
    """Commitments before their parts, corrected updates before what corrects them."""
    return record.get("parent") is not None, record.get("published_no") or 0


def derive_all(connection: Connection) -> None:
    """Set every derived column of every commitment."""
    session = ReadSession(connection, system_actor("replay"), utc_now())
    for ids in batches(connection):
        derived.rewrite(session, connection, ids)
    derived.recount(connection)


_KEYS = Prepared(select(COMMITMENT.id).where(COMMITMENT.id > bindparam("after")).order_by(COMMITMENT.id).limit(_BATCH))


def batches(connection: Connection) -> Iterator[list[int]]:
    """The internal keys of all commitments, some at a time."""
    ids: list[int] = []
    while ids := [row[0] for row in _KEYS.rows(connection, {"after": ids[-1] if ids else 0})]:
        yield ids


_NEWEST = (
    select(func.max(CHANGE.c.seq))
    .where(CHANGE.c.entity == bindparam("entity"), CHANGE.c.seq <= bindparam("revision"))
    .group_by(CHANGE.c.ref)
)  # fmt: skip


def _bodies(newest: Any) -> Prepared:
    return Prepared(select(CHANGE.c.body).where(CHANGE.c.seq.in_(newest)).order_by(CHANGE.c.seq))


_LAST, _LAST_OF = _bodies(_NEWEST), _bodies(_NEWEST.where(CHANGE.c.ref.in_(bindparam("refs", expanding=True))))


def _last(session: Reading, entity: str, refs: Iterable[str] | None, revision: int) -> list[Record]:
    """The records of an entity as of the revision: the last body of each ref, without those that were removed by then."""
    asked = {"entity": entity, "revision": revision}
    rows = session.rows(_LAST, **asked) if refs is None else session.rows(_LAST_OF, **asked, refs=list(refs))
    records = [_body.decode(row[0])["record"] for row in rows]
    return [record for record in records if record is not None]


_other = COMMITMENT.__table__.alias()
_PARTS = select(COMMITMENT.ref).join(_other, _other.c.id == COMMITMENT.parent_id).where(_other.c.ref.in_(bindparam("refs", expanding=True)))
_WHOLES = (
    select(_other.c.ref).join(COMMITMENT, COMMITMENT.parent_id == _other.c.id).where(COMMITMENT.ref.in_(bindparam("refs", expanding=True)))
)


def _family(session: Reading, refs: Sequence[str]) -> list[str]:
    """The commitments with their parts and, for a part, its commitment."""
    found = set(refs)
    for start in range(0, len(refs), _BATCH):
        some = list(refs[start : start + _BATCH])
        found |= {row[0] for row in (*session.rows(_PARTS, refs=some), *session.rows(_WHOLES, refs=some))}
    return sorted(found)


_heads = EachText(bindparam("heads", type_=Text())).table_valued(column("value", ByteText))
_first, _following = (_heads.c.value.concat(bindparam(name)) for name in ("separator", "following"))
_BELOW = Prepared(
    select(
        select(DifferentAsJSON(CHANGE.c.ref))
        .where(CHANGE.c.entity == bindparam("entity"), CHANGE.c.ref >= _first, CHANGE.c.ref < _following)
        .correlate(_heads)
        .scalar_subquery()  # not a join, which either engine may begin at the other end
    ).select_from(_heads)
)  # fmt: skip
_refs = msgspec.json.Decoder(list[str])


def _below(session: Reading, entity: str, refs: Iterable[str], separator: str) -> list[str]:
    """The refs in the ledger that begin with one of these refs and the separator."""
    heads, following = msgspec.json.encode(list(refs)).decode(), chr(ord(separator) + 1)
    rows = session.rows(_BELOW, entity=entity, heads=heads, separator=separator, following=following)
    return [ref for row in rows for ref in _refs.decode(row[0])]


def _links(session: Reading, refs: Iterable[str]) -> list[str]:
    wanted = set(refs)
    rows = session.rows(select(CHANGE.c.ref).distinct().where(CHANGE.c.entity == "link"))
    return [row[0] for row in rows if row[0].partition("/")[2] in wanted]


def _equivalences(session: Reading, refs: Iterable[str], actions: Iterable[str], revision: int) -> list[Record]:
    """Those of commitments, of their updates, and of actions."""
    heads = [
        ([f"commitment/{ref}" for ref in refs], "/"),
        ([f"status_update/{ref}" for ref in refs], "."),
        ([f"action/{ref}" for ref in actions], "/"),
    ]
    known = [ref for some, separator in heads for ref in _below(session, "equivalence", some, separator)]
    return _last(session, "equivalence", known, revision)
