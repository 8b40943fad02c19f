"""The tables of commitments and of what was said of them, nothing else. Those of what they are about, of actions, of people and of uploads
stand in `tables_*.py`, those of the ledger and of kept answers in `db/`.

Columns marked `derived` follow from others and are not part of a record. Every enumeration, length and range is repeated as a
CHECK, because a table model validates nothing.
"""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

import app.db.kept_answers  # noqa: F401  # its table is one of them
from app import tables_actions, tables_imports, tables_people, tables_references  # noqa: F401  # theirs are among the tables
from app.codes import (
    CODE_LENGTH,
    HIGHEST_POSITION,
    NAME_LENGTH,
    NOTE_LENGTH,
    TEXT_LENGTH,
    Authority,
    Basis,
    CommitmentKind,
    Status,
    Tracking,
    TranslationState,
    UpdateState,
)
from app.db.schema import between, count, day, derived, json_list, maybe, moment, points_to, rules, text
from app.db.types import ISODate, UTCDateTime


class Commitment(SQLModel, table=True):
    """A commitment, or a part of one (`parent_id` set).

    `order_key` sorts in document order with parts directly after their commitment. `review_from_on` is the day from which the
    months to the next review count, null where none is ever due. `card` is the JSON of addressees, frameworks and responsible,
    so that a list is answered from one row each.
    """

    __table_args__ = rules(
        CheckConstraint("text_zh IS NOT NULL OR text_en IS NOT NULL", name="text_present"),
        between("position", 1, HIGHEST_POSITION),
        Index("ix_commitment_status_kind", "status", "kind", "order_key"),
        Index("ix_commitment_kind", "kind", "order_key"),
        Index("ix_commitment_document", "document_id", "order_key"),
        Index("ix_commitment_updated", "updated_at", "ref"),
        texts={"ref": 48, "label": NAME_LENGTH, "citation zh en": NAME_LENGTH, "lead_verb zh en": NAME_LENGTH, "text zh en": TEXT_LENGTH},
        codes={
            "kind": CommitmentKind,
            "tracking": Tracking,
            "authority_zh": Authority,
            "authority_en": Authority,
            "status": Status,
            "translation": TranslationState,
        },
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = text(unique=True)
    ref_key: str = text(unique=True, **derived())
    document_id: int = points_to("document")
    parent_id: int | None = points_to("commitment", default=None, nullable=True, index=True)
    kind: str = text()
    tracking: str = text()
    position: int
    label: str | None = maybe()
    citation_zh: str | None = maybe()
    citation_en: str | None = maybe()
    lead_verb_zh: str | None = maybe()
    lead_verb_en: str | None = maybe()
    text_zh: str | None = maybe()
    text_en: str | None = maybe()
    authority_zh: str = text()
    authority_en: str = text()
    target_on: dt.date | None = day()
    version: int = 1
    updated_at: dt.datetime = moment()
    order_key: str = text(unique=True, **derived())
    status: str = text(default="not_assessed", **derived())
    status_effective_on: dt.date | None = day(**derived())
    last_confirmed_on: dt.date | None = day(**derived())
    review_from_on: dt.date | None = day(index=True, **derived())
    action_count: int = count(default=0)
    part_count: int = count(default=0)
    translation: str = text(default="missing", **derived())
    card: str = text(default='{"addressees":[],"frameworks":[],"responsible":[]}', **derived())


class CommitmentTally(SQLModel, table=True):
    """How many commitments have each combination of codes: totals of lists come from here. Derived as a whole."""

    __tablename__ = "commitment_tally"
    __table_args__ = rules(texts={})

    kind: str = text(primary_key=True)
    tracking: str = text(primary_key=True)
    level: str = text(primary_key=True)
    status: str = text(primary_key=True)
    n: int


class CommitmentTerms(SQLModel, table=True):
    """What search knows of a commitment. Derived as a whole, as the other tables of terms are."""

    __tablename__ = "commitment_terms"
    __table_args__ = rules(texts={})

    id: int | None = points_to("commitment", default=None, primary_key=True)
    terms: str = text()


class CommitmentAddressee(SQLModel, table=True):
    __tablename__ = "commitment_addressee"
    __table_args__ = rules(UniqueConstraint("commitment_id", "organization_id"), codes={"basis": Basis}, texts={})

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = points_to("commitment")
    position: int
    organization_id: int = points_to("organization", index=True)
    basis: str = text()


class CommitmentTag(SQLModel, table=True):
    """A place in a framework; `code` ALL stands for the framework as a whole."""

    __tablename__ = "commitment_tag"
    __table_args__ = rules(
        UniqueConstraint("commitment_id", "framework_id", "code"),
        Index("ix_commitment_tag_place", "framework_id", "code"),
        texts={"code": CODE_LENGTH},
        codes={"basis": Basis},
    )

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = points_to("commitment")
    position: int
    framework_id: int = points_to("framework")
    code: str = text()
    basis: str = text()


class CommitmentResponsible(SQLModel, table=True):
    __tablename__ = "commitment_responsible"
    __table_args__ = rules(UniqueConstraint("commitment_id", "organization_id"), texts={})

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = points_to("commitment")
    position: int
    organization_id: int = points_to("organization", index=True)


class StatusUpdate(SQLModel, table=True):
    """A dated statement. `author` is the opaque id of who recorded it; `published_no` counts a commitment's publications."""

    __tablename__ = "status_update"
    __table_args__ = rules(
        CheckConstraint("(state = 'published') = (published_no IS NOT NULL)", name="published_numbered"),
        UniqueConstraint("commitment_id", "number"),
        UniqueConstraint("commitment_id", "published_no"),
        Index("ix_status_update_current", "commitment_id", "effective_on", "published_no"),
        Index("ix_status_update_state", "state", "recorded_at", "ref"),
        texts={"ref": CODE_LENGTH, "narrative zh en": TEXT_LENGTH, "review_note": NOTE_LENGTH},
        codes={"status": Status, "state": UpdateState},
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = text(unique=True)
    commitment_id: int = points_to("commitment")
    number: int = count()
    status: str = text()
    effective_on: dt.date = Field(sa_type=ISODate)
    narrative_zh: str | None = maybe()
    narrative_en: str | None = maybe()
    evidence: list[dict[str, Any]] = json_list()
    state: str = text()
    corrects_id: int | None = points_to("status_update", default=None, nullable=True, index=True)
    review_note: str | None = maybe()
    published_no: int | None = None
    organization_id: int | None = points_to("organization", default=None, nullable=True)
    author: str = text()
    recorded_at: dt.datetime = moment()
    published_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime, nullable=True)
    version: int = 1


class StatusUpdateTerms(SQLModel, table=True):
    __tablename__ = "status_update_terms"
    __table_args__ = rules(texts={})

    id: int | None = points_to("status_update", default=None, primary_key=True)
    terms: str = text()


class Confirmation(SQLModel, table=True):
    """“Still true on this day.”"""

    __table_args__ = rules(UniqueConstraint("commitment_id", "confirmed_on"), texts={"note zh en": NOTE_LENGTH})

    id: int | None = Field(default=None, primary_key=True)
    commitment_id: int = points_to("commitment")
    confirmed_on: dt.date = Field(sa_type=ISODate)
    note_zh: str | None = maybe()
    note_en: str | None = maybe()
    organization_id: int | None = points_to("organization", default=None, nullable=True)
    author: str = text()
    recorded_at: dt.datetime = moment()


class Equivalence(SQLModel, table=True):
    """Somebody confirmed that both languages of a text say the same; the hashes are those of the texts he saw."""

    __table_args__ = rules(UniqueConstraint("entity", "ref", "field"), texts={})

    id: int | None = Field(default=None, primary_key=True)
    entity: str = text()
    ref: str = text()
    field: str = text()
    zh_sha256: str = text()
    en_sha256: str = text()
    author: str = text()
    recorded_at: dt.datetime = moment()


METADATA = tables_imports.METADATA
"""All tables, those of the other files among them."""
