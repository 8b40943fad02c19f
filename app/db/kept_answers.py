"""The answers to POSTs that carried an Idempotency-Key: kept for a day, so that a repeat has no second effect. Not in the ledger."""

import datetime as dt

import msgspec
from sqlalchemy import CheckConstraint, Column, Integer, Table, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from app.actors import Actor, Permission
from app.db.engines import ByteText
from app.db.sessions import WriteSession
from app.db.types import UTCDateTime
from app.errors import Conflict, Forbidden, Invalid

HOURS = 24
KEY_LENGTH = 255
KEPT = Table(
    "idempotency_key",
    SQLModel.metadata,
    Column("actor", ByteText, primary_key=True),
    Column("key", ByteText, primary_key=True),
    *(Column(name, ByteText, nullable=False) for name in ("method", "path", "body_sha256")),
    Column("rank", Integer, nullable=False),
    Column("organization", ByteText),
    Column("status", Integer, nullable=False),
    *(Column(name, ByteText, nullable=name == "answer") for name in ("headers", "answer")),
    Column("at", UTCDateTime, nullable=False, index=True),
    CheckConstraint(f"length(key) BETWEEN 1 AND {KEY_LENGTH}", name="key_length"),
    CheckConstraint("rank BETWEEN 0 AND 3", name="rank_range"),
    sqlite_strict=True,
)
"""`rank` and `organization` say what the actor could do then; `answer` is null where it held a secret."""
_SAID = (KEPT.c[name] for name in ("method", "path", "body_sha256", "rank", "organization", "status", "headers", "answer"))
_FIND = select(*_SAID).where(KEPT.c.actor == bindparam("who"), KEPT.c.key == bindparam("name"), KEPT.c.at > bindparam("oldest"))
_FORGET = delete(KEPT).where(KEPT.c.at <= bindparam("oldest"))
_KEEP = insert(KEPT)


class Sent(msgspec.Struct, frozen=True):
    """What a request must share with the first one to be its repeat."""

    method: str
    path: str
    body_sha256: str


class Kept(msgspec.Struct, frozen=True):
    """An answer; `body` is None where it held a secret."""

    status: int
    headers: dict[str, str]
    body: bytes | None


def kept_answer(session: WriteSession, key: str, sent: Sent) -> Kept | None:
    """The answer the session's actor got under this key. Raises Invalid where he sent something else then.

    Raises Forbidden where he may less now, or writes for another organization: the first answer may hold what he could not get today.
    """
    found = session.connection().execute(_FIND, {"who": session.actor.id, "name": key, "oldest": _oldest(session)}).first()
    if found is None:
        return None
    if (found.method, found.path, found.body_sha256) != (sent.method, sent.path, sent.body_sha256):
        raise Invalid("key_reused")
    if not session.actor.may(Permission(found.rank)) or session.actor.organization != found.organization:
        raise Forbidden
    return Kept(found.status, msgspec.json.decode(found.headers), None if found.answer is None else found.answer.encode())


def keep_answer(session: WriteSession, key: str, sent: Sent, answer: Kept) -> None:
    """Keep an answer with its effect, and forget those of yesterday. Raises Conflict where a copy of the request was faster."""
    row = msgspec.structs.asdict(sent) | {
        "actor": session.actor.id,
        "key": key,
        "rank": _rank(session.actor),
        "organization": session.actor.organization,
        "status": answer.status,
        "headers": msgspec.json.encode(answer.headers).decode(),
        "answer": None if answer.body is None else answer.body.decode(),
        "at": session.now,
    }
    session.connection().execute(_FORGET, {"oldest": _oldest(session)})
    try:
        session.connection().execute(_KEEP, row)
    except IntegrityError as error:
        raise Conflict("key_running") from error


def _oldest(session: WriteSession) -> dt.datetime:
    return session.now - dt.timedelta(hours=HOURS)


def _rank(actor: Actor) -> int:
    return max(permission for permission in Permission if actor.may(permission))
