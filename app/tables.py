"""All tables, nothing else (the ledger's own table stands in `db/ledger.py`, the codes in `codes.py`).

Columns marked `derived` follow from others and are not part of a record. Every enumeration, length and range is repeated as a
CHECK, because a table model validates nothing.
"""

import datetime as dt
import enum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.actors import Role, Scope
from app.codes import (
    CODE_LENGTH,
    HIGHEST_POSITION,
    NAME_LENGTH,
    NOTE_LENGTH,
    SYMBOL_LENGTH,
    TEXT_LENGTH,
    ActionStatus,
    Authority,
    Basis,
    CommitmentKind,
    Contribution,
    EventStatus,
    Priority,
    Status,
    Tracking,
    TranslationState,
    UpdateState,
)
from app.db.engines import TABLE_OPTIONS, ByteText
from app.db.ledger import CHANGE
from app.db.records import DERIVED, Child, Kind, Register
from app.db.types import ISODate, JSONList, UTCDateTime
from app.names import action_names, commitment_names, document_names, update_names


def _one_of(column: str, codes: type[enum.StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_code")


def _at_most(limit: int, *columns: str) -> list[CheckConstraint]:
    return [CheckConstraint(f"length({column}) BETWEEN 1 AND {limit}", name=f"{column}_length") for column in columns]


def _between(column: str, low: int, high: int) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=f"{column}_range")


def _text(**extra: Any) -> Any:
    return Field(sa_type=ByteText, **extra)


def _maybe(**extra: Any) -> Any:
    return _text(default=None, nullable=True, **extra)


def _date(**extra: Any) -> Any:
    return Field(default=None, nullable=True, sa_type=ISODate, **extra)


def _moment() -> Any:
    return Field(sa_type=UTCDateTime)


def _list() -> Any:
    return Field(default_factory=list, sa_type=JSONList, nullable=False)


def _points_to(table: str, **extra: Any) -> Any:
    return Field(sa_column_args=[ForeignKey(f"{table}.id", ondelete="RESTRICT")], **extra)


def _derived() -> dict[str, Any]:
    return {"sa_column_kwargs": {"info": DERIVED}}


def _count(**extra: Any) -> Any:
    """A number that follows from other rows."""
    return Field(sa_column_kwargs={"info": DERIVED}, **extra)


class Organization(SQLModel, table=True):
    """A body or a group that clauses address (kind `group`)."""

    __table_args__ = (*_at_most(CODE_LENGTH, "code", "kind"), *_at_most(NAME_LENGTH, "name_zh", "name_en", "acronym"), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    code: str = _text(unique=True)
    name_zh: str | None = _maybe()
    name_en: str | None = _maybe()
    acronym: str | None = _maybe()
    kind: str = _text()
    version: int = 1


class Framework(SQLModel, table=True):
    """A list that commitments are tagged with; `items` are {code, title, full_title}."""

    __table_args__ = (
        *_at_most(CODE_LENGTH, "code"),
        *_at_most(NAME_LENGTH, "title_zh", "title_en"),
        *_at_most(SYMBOL_LENGTH, "symbol"),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = _text(unique=True)
    title_zh: str | None = _maybe()
    title_en: str | None = _maybe()
    symbol: str | None = _maybe()
    items: list[dict[str, Any]] = _list()
    version: int = 1


class Event(SQLModel, table=True):
    """A workshop of a series."""

    __table_args__ = (
        *_at_most(CODE_LENGTH, "code", "series"),
        *_at_most(NAME_LENGTH, "name_zh", "name_en", "place_zh", "place_en"),
        *_at_most(SYMBOL_LENGTH, "report"),
        _one_of("status", EventStatus),
        _between("ordinal", 1, 10_000),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        UniqueConstraint("series", "ordinal"),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = _text(unique=True)
    series: str = _text()
    ordinal: int
    name_zh: str | None = _maybe()
    name_en: str | None = _maybe()
    place_zh: str | None = _maybe()
    place_en: str | None = _maybe()
    starts_on: dt.date | None = _date()
    ends_on: dt.date | None = _date()
    report: str | None = _maybe()
    status: str = _text()
    version: int = 1


class EventOrganizer(SQLModel, table=True):
    __tablename__ = "event_organizer"
    __table_args__ = (UniqueConstraint("event_id", "organization_id"), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = _points_to("event")
    position: int
    organization_id: int = _points_to("organization")


class Document(SQLModel, table=True):
    """A source document; `references` are the symbols it refers to."""

    __table_args__ = (
        *_at_most(SYMBOL_LENGTH, "symbol", "slug"),
        *_at_most(NAME_LENGTH, "title_zh", "title_en", "body_zh", "body_en"),
        _one_of("authority_zh", Authority),
        _one_of("authority_en", Authority),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    symbol: str = _text(unique=True)
    slug: str = _text(unique=True, **_derived())
    title_zh: str | None = _maybe()
    title_en: str | None = _maybe()
    authority_zh: str = _text()
    authority_en: str = _text()
    body_zh: str | None = _maybe()
    body_en: str | None = _maybe()
    adopted_on: dt.date | None = _date()
    event_id: int | None = _points_to("event", default=None, nullable=True)
    references: list[str] = _list()
    version: int = 1


class Commitment(SQLModel, table=True):
    """A commitment, or a part of one (`parent_id` set).

    `order_key` sorts in document order with parts directly after their commitment. `review_from_on` is the day from which the
    months to the next review count, null where none is ever due. `card` is the JSON of addressees, frameworks and responsible,
    so that a list is answered from one row each.
    """

    __table_args__ = (
        *_at_most(48, "ref"),
        *_at_most(NAME_LENGTH, "label", "citation_zh", "citation_en", "lead_verb_zh", "lead_verb_en"),
        *_at_most(TEXT_LENGTH, "text_zh", "text_en"),
        CheckConstraint("text_zh IS NOT NULL OR text_en IS NOT NULL", name="text_present"),
        _one_of("kind", CommitmentKind),
        _one_of("tracking", Tracking),
        _one_of("authority_zh", Authority),
        _one_of("authority_en", Authority),
        _one_of("status", Status),
        _one_of("translation", TranslationState),
        _between("position", 1, HIGHEST_POSITION),
        Index("ix_commitment_status_kind", "status", "kind", "order_key"),
        Index("ix_commitment_kind", "kind", "order_key"),
        Index("ix_commitment_document", "document_id", "order_key"),
        Index("ix_commitment_updated", "updated_at", "ref"),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = _text(unique=True)
    ref_key: str = _text(unique=True, **_derived())
    document_id: int = _points_to("document")
    parent_id: int | None = _points_to("commitment", default=None, nullable=True, index=True)
    kind: str = _text()
    tracking: str = _text()
    position: int
    label: str | None = _maybe()
    citation_zh: str | None = _maybe()
    citation_en: str | None = _maybe()
    lead_verb_zh: str | None = _maybe()
    lead_verb_en: str | None = _maybe()
    text_zh: str | None = _maybe()
    text_en: str | None = _maybe()
    authority_zh: str = _text()
    authority_en: str = _text()
    target_on: dt.date | None = _date()
    version: int = 1
    updated_at: dt.datetime = _moment()
    order_key: str = _text(unique=True, **_derived())
    status: str = _text(default="not_assessed", **_derived())
    status_effective_on: dt.date | None = _date(**_derived())
    last_confirmed_on: dt.date | None = _date(**_derived())
    review_from_on: dt.date | None = _date(index=True, **_derived())
    action_count: int = _count(default=0)
    part_count: int = _count(default=0)
    translation: str = _text(default="missing", **_derived())
    card: str = _text(default='{"addressees":[],"frameworks":[],"responsible":[]}', **_derived())


class CommitmentAddressee(SQLModel, table=True):
    __tablename__ = "commitment_addressee"
    __table_args__ = (UniqueConstraint("commitment_id", "organization_id"), _one_of("basis", Basis), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = _points_to("commitment")
    position: int
    organization_id: int = _points_to("organization", index=True)
    basis: str = _text()


class CommitmentTag(SQLModel, table=True):
    """A place in a framework; `code` ALL stands for the framework as a whole."""

    __tablename__ = "commitment_tag"
    __table_args__ = (
        UniqueConstraint("commitment_id", "framework_id", "code"),
        *_at_most(CODE_LENGTH, "code"),
        _one_of("basis", Basis),
        Index("ix_commitment_tag_place", "framework_id", "code"),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = _points_to("commitment")
    position: int
    framework_id: int = _points_to("framework")
    code: str = _text()
    basis: str = _text()


class CommitmentResponsible(SQLModel, table=True):
    __tablename__ = "commitment_responsible"
    __table_args__ = (UniqueConstraint("commitment_id", "organization_id"), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = _points_to("commitment")
    position: int
    organization_id: int = _points_to("organization", index=True)


class StatusUpdate(SQLModel, table=True):
    """A dated statement. `author` is the opaque id of who recorded it; `published_no` counts a commitment's publications."""

    __tablename__ = "status_update"
    __table_args__ = (
        *_at_most(CODE_LENGTH, "ref"),
        *_at_most(TEXT_LENGTH, "narrative_zh", "narrative_en"),
        *_at_most(NOTE_LENGTH, "review_note"),
        _one_of("status", Status),
        _one_of("state", UpdateState),
        CheckConstraint("(state = 'published') = (published_no IS NOT NULL)", name="published_numbered"),
        UniqueConstraint("commitment_id", "number"),
        UniqueConstraint("commitment_id", "published_no"),
        Index("ix_status_update_current", "commitment_id", "effective_on", "published_no"),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = _text(unique=True)
    commitment_id: int = _points_to("commitment")
    number: int = _count()
    status: str = _text()
    effective_on: dt.date = Field(sa_type=ISODate)
    narrative_zh: str | None = _maybe()
    narrative_en: str | None = _maybe()
    evidence: list[dict[str, Any]] = _list()
    state: str = _text()
    corrects_id: int | None = _points_to("status_update", default=None, nullable=True, index=True)
    review_note: str | None = _maybe()
    published_no: int | None = None
    organization_id: int | None = _points_to("organization", default=None, nullable=True)
    author: str = _text()
    recorded_at: dt.datetime = _moment()
    published_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime, nullable=True)
    version: int = 1


class Confirmation(SQLModel, table=True):
    """“Still true on this day.”"""

    __table_args__ = (UniqueConstraint("commitment_id", "confirmed_on"), *_at_most(NOTE_LENGTH, "note_zh", "note_en"), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = _points_to("commitment")
    confirmed_on: dt.date = Field(sa_type=ISODate)
    note_zh: str | None = _maybe()
    note_en: str | None = _maybe()
    organization_id: int | None = _points_to("organization", default=None, nullable=True)
    author: str = _text()
    recorded_at: dt.datetime = _moment()


class Action(SQLModel, table=True):
    """What an organization does, usually for an event."""

    __table_args__ = (
        *_at_most(CODE_LENGTH, "ref"),
        *_at_most(NAME_LENGTH, "title_zh", "title_en"),
        *_at_most(TEXT_LENGTH, "description_zh", "description_en"),
        CheckConstraint("title_zh IS NOT NULL OR title_en IS NOT NULL", name="title_present"),
        _one_of("status", ActionStatus),
        _one_of("priority", Priority),
        _between("progress", 0, 100),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = _text(unique=True)
    number: int = _count(unique=True)
    title_zh: str | None = _maybe()
    title_en: str | None = _maybe()
    description_zh: str | None = _maybe()
    description_en: str | None = _maybe()
    event_id: int | None = _points_to("event", default=None, nullable=True, index=True)
    owner_id: int | None = _points_to("organization", default=None, nullable=True, index=True)
    due_on: dt.date | None = _date()
    status: str = _text()
    priority: str = _text()
    progress: int = 0
    milestones: list[dict[str, Any]] = _list()
    notes: list[dict[str, Any]] = _list()
    evidence: list[dict[str, Any]] = _list()
    organization_id: int | None = _points_to("organization", default=None, nullable=True)
    author: str = _text()
    version: int = 1
    updated_at: dt.datetime = _moment()


class ActionPartner(SQLModel, table=True):
    __tablename__ = "action_partner"
    __table_args__ = (UniqueConstraint("action_id", "organization_id"), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    action_id: int = _points_to("action")
    position: int
    organization_id: int = _points_to("organization")


class Link(SQLModel, table=True):
    """An action serves a commitment."""

    __table_args__ = (
        UniqueConstraint("action_id", "commitment_id"),
        _one_of("contribution", Contribution),
        *_at_most(NOTE_LENGTH, "note_zh", "note_en"),
        TABLE_OPTIONS,
    )

    id: int | None = Field(default=None, primary_key=True)
    action_id: int = _points_to("action")
    commitment_id: int = _points_to("commitment", index=True)
    contribution: str = _text()
    note_zh: str | None = _maybe()
    note_en: str | None = _maybe()


class Equivalence(SQLModel, table=True):
    """Somebody confirmed that both languages of a text say the same; the hashes are those of the texts he saw."""

    __table_args__ = (UniqueConstraint("entity", "ref", "field"), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    entity: str = _text()
    ref: str = _text()
    field: str = _text()
    zh_sha256: str = _text()
    en_sha256: str = _text()
    author: str = _text()
    recorded_at: dt.datetime = _moment()


class User(SQLModel, table=True):
    """A person or a program. Not in the ledger, which knows only `actor_id`."""

    __tablename__ = "account"
    __table_args__ = (_one_of("role", Role), *_at_most(NAME_LENGTH, "name"), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    actor_id: str = _text(unique=True)
    name: str = _text()
    name_key: str = _text(unique=True)
    role: str = _text()
    organization_id: int | None = _points_to("organization", default=None, nullable=True)
    password_hash: str = _text()
    created_at: dt.datetime = _moment()


class Token(SQLModel, table=True):
    """A secret for programs; only its hash is kept."""

    __table_args__ = (_one_of("scope", Scope), TABLE_OPTIONS)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = _points_to("account")
    secret_sha256: str = _text(unique=True)
    scope: str = _text()
    created_at: dt.datetime = _moment()
    expires_at: dt.datetime = _moment()


def _table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]  # set by SQLModel for table models


REGISTER = Register(
    (
        Kind("organization", _table(Organization), ("code",)),
        Kind("framework", _table(Framework), ("code",)),
        Kind("event", _table(Event), ("code",), (Child("organizers", _table(EventOrganizer), "event_id"),)),
        Kind("document", _table(Document), ("symbol",), names=document_names),
        Kind(
            "commitment",
            _table(Commitment),
            ("ref",),
            (
                Child("addressees", _table(CommitmentAddressee), "commitment_id"),
                Child("frameworks", _table(CommitmentTag), "commitment_id"),
                Child("responsible", _table(CommitmentResponsible), "commitment_id"),
            ),
            commitment_names,
        ),
        Kind("status_update", _table(StatusUpdate), ("ref",), names=update_names),
        Kind("confirmation", _table(Confirmation), ("commitment_id", "confirmed_on")),
        Kind("action", _table(Action), ("ref",), (Child("partners", _table(ActionPartner), "action_id"),), action_names),
        Kind("link", _table(Link), ("action_id", "commitment_id")),
        Kind("equivalence", _table(Equivalence), ("entity", "ref", "field")),
    )
)
METADATA = SQLModel.metadata
__all__ = ["CHANGE", "METADATA", "REGISTER"]
