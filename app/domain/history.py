"""The ledger as readers may see it: the public feed, and the history of a record field by field."""

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import func, or_, select, true

from app.db.ledger import CHANGE
from app.db.sessions import Reading
from app.domain import people
from app.domain.columns import ACTION, AFFILIATION, COMMITMENT, ORGANIZATION, STATUS_UPDATE, USER
from app.domain.lists import Limit, Paging, Place, cursor_of, digest, place_of
from app.domain.shapes import Moment, Page, Recorder, as_text
from app.domain.sight import PUBLIC_ACTION, PUBLIC_UPDATE, is_public, seen, sees, sight

Named = tuple[str, str]
"""The kind of a record and its ref."""
_body = msgspec.json.Decoder(dict[str, Any])
_UNTOLD = ("version", "updated_at", "recorded_at", "published_at", "published_no", "author")


class ChangeBody(msgspec.Struct, frozen=True):
    """The whole record after the change (null where it was removed); with `v` 1 it hashes to `body_sha256`."""

    record: dict[str, Any] | None
    reason: str | None
    salt: str


class Change(msgspec.Struct, frozen=True):
    """One entry of the ledger. `body` is null where the record was not public as it stood then."""

    seq: int
    tx: int
    at: Moment
    actor: str
    action: str
    entity: str
    ref: str
    body: ChangeBody | None
    body_sha256: str
    prev_hash: str
    hash: str


class FeedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Entries with a seq above `after`, in order, without gaps."""

    after: Annotated[int, Meta(ge=0, le=10**15)] = 0
    limit: Limit = 50


class FieldChange(msgspec.Struct, frozen=True):
    field: str
    before: Any
    after: Any


class HistoryEntry(msgspec.Struct, frozen=True):
    """What one change did to one record, field by field."""

    seq: int
    at: Moment
    actor: Recorder
    action: str
    entity: str
    ref: str
    reason: str | None
    changes: list[FieldChange]


def feed(session: Reading, filters: FeedFilter) -> Page[Change]:
    """One page of the feed; `next` is the `after` of the following page."""
    rows = session.rows(select(CHANGE).where(CHANGE.c.seq > filters.after).order_by(CHANGE.c.seq).limit(filters.limit + 1))
    total = int(session.value(select(func.max(CHANGE.c.seq))) or 0)
    items = [_change(session, row) for row in rows[: filters.limit]]
    return Page(items, total, str(items[-1].seq) if len(rows) > filters.limit else None)


def _change(session: Reading, row: Any) -> Change:
    body = _body.decode(row.body)
    shown = ChangeBody(body["record"], body["reason"], body["salt"]) if _may_see(session, row, body["record"]) else None
    return Change(row.seq, row.tx, row.at, row.actor, row.action, row.entity, row.ref, shown, row.body_sha256, row.prev_hash, row.hash)


def _may_see(session: Reading, row: Any, record: dict[str, Any] | None) -> bool:
    """Whether the actor may see the record as it stood in that entry; a removal is seen by whoever saw the entry before."""
    if session.actor.is_staff:
        return True
    if record is None:
        earlier, record = _standing(session, row.entity, row.ref, row.seq - 1)
        return record is not None and _may_see(session, earlier, record)
    match row.entity:
        case "status_update" | "action":
            return sees(session, public=is_public(row.entity, record), organization=record["organization"])
        case "link":
            return _stands_public(session, "action", record["action"], row)
        case "equivalence" if record["entity"] in ("status_update", "action"):
            return _stands_public(session, record["entity"], record["ref"], row)
    return True


def _stands_public(session: Reading, entity: str, ref: str, row: Any) -> bool:
    """Whether the record that `row` speaks about was public at the end of its transaction."""
    end = session.value(
        select(func.max(CHANGE.c.seq)).where(CHANGE.c.tx == row.tx, CHANGE.c.seq >= row.seq, CHANGE.c.seq < row.seq + 100_000)
    )
    standing, record = _standing(session, entity, ref, end)
    return record is not None and _may_see(session, standing, record)


def _standing(session: Reading, entity: str, ref: str, seq: int) -> tuple[Any, dict[str, Any] | None]:
    """The last entry before or at `seq` that was not a removal, and its record; None for both where there is none."""
    wanted = select(CHANGE).where(CHANGE.c.entity == entity, CHANGE.c.ref == ref, CHANGE.c.seq <= seq).order_by(CHANGE.c.seq.desc())
    for row in session.rows(wanted.limit(2)):
        record: dict[str, Any] | None = _body.decode(row.body)["record"]
        if record:
            return row, record
    return None, None


def commitment_history(session: Reading, ref: str, paging: Paging) -> Page[HistoryEntry]:
    """Everything that happened to a commitment, its updates, confirmations and links, newest first."""
    own = or_(
        (CHANGE.c.entity == "commitment") & (CHANGE.c.ref == ref),
        (CHANGE.c.entity == "status_update") & (CHANGE.c.ref >= f"{ref}.") & (CHANGE.c.ref < f"{ref}/"),
        (CHANGE.c.entity == "confirmation") & (CHANGE.c.ref >= f"{ref}/") & (CHANGE.c.ref < f"{ref}0"),
        (CHANGE.c.entity == "link") & CHANGE.c.ref.endswith(f"/{ref}", autoescape=True),
    )
    return _history(session, own, paging, ref)


def action_history(session: Reading, ref: str, paging: Paging) -> Page[HistoryEntry]:
    """Everything that happened to an action and its links, newest first."""
    own = or_(
        (CHANGE.c.entity == "action") & (CHANGE.c.ref == ref),
        (CHANGE.c.entity == "link") & (CHANGE.c.ref >= f"{ref}/") & (CHANGE.c.ref < f"{ref}0"),
    )
    return _history(session, own, paging, ref)


def record_history(session: Reading, entity: str, ref: str, paging: Paging) -> Page[HistoryEntry]:
    """Everything that happened to a record that has nothing below it, newest first."""
    return _history(session, (CHANGE.c.entity == entity) & (CHANGE.c.ref == ref), paging, f"{entity}/{ref}")


def with_page(session: Reading, wanted: Collection[Named]) -> frozenset[Named]:
    """Those of some records that the actor can open now: what was withdrawn, deleted or is not public has no page."""
    found: set[Named] = set()
    for entity, (column, condition) in _pages(session).items():
        refs = [ref for one, ref in wanted if one == entity]
        found |= {(entity, ref) for (ref,) in session.rows(select(column).where(column.in_(refs), condition))}
    return frozenset(found)


def _pages(session: Reading) -> dict[str, tuple[Any, Any]]:
    case, own = sight(session.actor), session.actor.organization
    return {
        "commitment": (COMMITMENT.ref, true()),
        "status_update": (STATUS_UPDATE.ref, seen(case, PUBLIC_UPDATE, STATUS_UPDATE.organization_id, own)),
        "action": (ACTION.ref, seen(case, PUBLIC_ACTION, ACTION.organization_id, own)),
    }


def _history(session: Reading, condition: Any, paging: Paging, subject: str) -> Page[HistoryEntry]:
    rows = list(session.rows(select(CHANGE).where(condition).order_by(CHANGE.c.seq)))
    entries = _told(session, rows)
    entries.reverse()
    bound = _Bound(limit=paging.limit, cursor=paging.cursor, subject=subject)
    place = place_of(bound, 1)
    start = next((n for n, entry in enumerate(entries) if str(entry.seq) == place.keys[0]), -1) + 1 if place else 0
    page = entries[start : start + paging.limit]
    more = start + paging.limit < len(entries)
    total = place.total if place else len(entries)
    return Page(page, total, cursor_of(Place(digest(bound), total, [str(page[-1].seq)])) if more else None)


class _Bound(Paging, frozen=True, kw_only=True):
    """Binds a cursor to the record whose history it pages."""

    subject: str


def _told(session: Reading, rows: Sequence[Any]) -> list[HistoryEntry]:
    """The entries the actor may see, each against the last one of the same record that he may see."""
    recorders = _recorders(session, {row.actor for row in rows})
    before: dict[tuple[str, str], dict[str, Any]] = {}
    entries = []
    for row in rows:
        body = _body.decode(row.body)
        if not _may_see(session, row, body["record"]):
            continue
        now = flat(body["record"] or {})
        changes = _differences(before.get((row.entity, row.ref), {}), now)
        before[row.entity, row.ref] = now
        if changes:
            entries.append(
                HistoryEntry(row.seq, row.at, recorders(row.actor, row.at), row.action, row.entity, row.ref, body["reason"], changes)
            )
    return entries


def _recorders(session: Reading, actors: set[str]) -> Callable[[str, str], Recorder]:
    """Who acted at a moment: the organization of then for everybody, the name for staff, and the program under its own name."""
    statement = (
        select(USER.actor_id, as_text(AFFILIATION.since), ORGANIZATION.code)
        .join(AFFILIATION, AFFILIATION.user_id == USER.id)
        .outerjoin(ORGANIZATION, ORGANIZATION.id == AFFILIATION.organization_id)
        .where(USER.actor_id.in_(actors))
        .order_by(AFFILIATION.since, AFFILIATION.id)
    )
    stays: dict[str, list[tuple[str, str | None]]] = {}
    for actor, since, code in session.rows(statement):
        stays.setdefault(actor, []).append((since, code))
    names = people.names(session, actors)

    def recorder(actor: str, at: str) -> Recorder:
        organization = next((code for since, code in reversed(stays.get(actor, ())) if since <= at), None)
        return Recorder(organization, names.get(actor) or (actor if actor.startswith("system:") else None))

    return recorder


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its pairs taken apart, so that each language is a field of its own; what merely follows is left out."""
    fields: dict[str, Any] = {}
    for name, value in record.items():
        if name in _UNTOLD:
            continue
        if isinstance(value, dict):
            fields |= {f"{name}.{inner}": side for inner, side in value.items()}
        else:
            fields[name] = value
    return fields


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    names = list(before) + [name for name in after if name not in before]
    return [
        FieldChange(name, before.get(name), after.get(name))
        for name in sorted(names)
        if _told_as(before.get(name)) != _told_as(after.get(name))
    ]


def _told_as(value: Any) -> Any:
    """An empty list says as little as nothing."""
    return None if value == [] else value
