"""The tables of people: users, tokens, sign-ins, one-time secrets, the throttle, security events. None of it enters the ledger."""

import datetime as dt

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.actors import Role, Scope
from app.codes import ADDRESS_LENGTH, CODE_LENGTH, NAME_LENGTH, SecurityEventKind
from app.db.schema import day, maybe, moment, points_to, rules, text
from app.db.types import UTCDateTime


class User(SQLModel, table=True):
    """A person or a program. Not in the ledger, which knows only `actor_id`. An empty hash is no password: none belongs to it."""

    __tablename__ = "account"
    __table_args__ = rules(texts={"name": NAME_LENGTH}, codes={"role": Role})

    id: int | None = Field(default=None, primary_key=True)
    actor_id: str = text(unique=True)
    name: str = text()
    name_key: str = text(unique=True)
    role: str = text()
    organization_id: int | None = points_to("organization", default=None, nullable=True)
    password_hash: str = text()
    created_at: dt.datetime = moment()
    disabled_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime, nullable=True)
    version: int = 1


class Affiliation(SQLModel, table=True):
    """The organization somebody wrote for from a moment on; his last one is that of his account. The history tells by it who acted."""

    __table_args__ = rules(texts={})

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = points_to("account", index=True)
    organization_id: int | None = points_to("organization", default=None, nullable=True)
    since: dt.datetime = moment()


class Token(SQLModel, table=True):
    """A secret for programs; only its hash is kept. `last_used_on` is written once a day at most."""

    __table_args__ = rules(codes={"scope": Scope}, texts={"name": NAME_LENGTH})

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = points_to("account", index=True)
    secret_sha256: str = text(unique=True)
    scope: str = text()
    created_at: dt.datetime = moment()
    expires_at: dt.datetime = moment()
    name: str = text(default="token")
    last_used_on: dt.date | None = day()


class SignIn(SQLModel, table=True):
    """A place where somebody is signed in: the session behind a cookie, of which only the hash is kept. Gone when it ends."""

    __tablename__ = "sign_in"
    __table_args__ = rules(texts={"address": ADDRESS_LENGTH, "agent": NAME_LENGTH})

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = points_to("account", index=True)
    secret_sha256: str = text(unique=True)
    created_at: dt.datetime = moment()
    seen_at: dt.datetime = moment()
    address: str | None = maybe()
    agent: str | None = maybe()


class OneTimeSecret(SQLModel, table=True):
    """What lets somebody in once: `first-administrator`, or `password:` and the actor id of whoever may choose a new one."""

    __tablename__ = "one_time_secret"
    __table_args__ = rules(texts={"purpose": CODE_LENGTH})

    purpose: str = text(primary_key=True)
    secret_sha256: str = text()
    expires_at: dt.datetime = moment()


class Throttle(SQLModel, table=True):
    """How many attempts to sign in have failed for one account, address, or altogether (`key`), and until when none is heard."""

    __table_args__ = rules(texts={"key": NAME_LENGTH})

    key: str = text(primary_key=True)
    failures: int
    since: dt.datetime = moment()
    waits: int
    until: dt.datetime | None = Field(default=None, sa_type=UTCDateTime, nullable=True)
    consecutive: int
    last_at: dt.datetime = Field(sa_type=UTCDateTime, index=True)


class SecurityEvent(SQLModel, table=True):
    """What happened around accounts and rights; kept 400 days. `subject` is whom it concerns, `actor` who did it; never a secret."""

    __tablename__ = "security_event"
    __table_args__ = rules(
        Index("ix_security_event_subject", "subject", "kind", "at"),
        texts={"detail": NAME_LENGTH, "address": ADDRESS_LENGTH, "request": CODE_LENGTH},
        codes={"kind": SecurityEventKind},
    )

    id: int | None = Field(default=None, primary_key=True)
    at: dt.datetime = Field(sa_type=UTCDateTime, index=True)
    kind: str = text()
    subject: str | None = maybe()
    actor: str | None = maybe()
    address: str | None = maybe()
    request: str | None = maybe()
    detail: str | None = maybe()


METADATA = SQLModel.metadata
