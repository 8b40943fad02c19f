"""The tables of actions and of their links to commitments."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.codes import (
    CODE_LENGTH,
    NAME_LENGTH,
    NOTE_LENGTH,
    TEXT_LENGTH,
    ActionStatus,
    Contribution,
    Priority,
)
from app.db.schema import between, count, day, json_list, maybe, moment, points_to, rules, text


class Action(SQLModel, table=True):
    """What an organization does, usually for an event."""

    __table_args__ = rules(
        CheckConstraint("title_zh IS NOT NULL OR title_en IS NOT NULL", name="title_present"),
        between("progress", 0, 100),
        texts={"ref": CODE_LENGTH, "title zh en": NAME_LENGTH, "description zh en": TEXT_LENGTH},
        codes={"status": ActionStatus, "priority": Priority},
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = text(unique=True)
    number: int = count(unique=True)
    title_zh: str | None = maybe()
    title_en: str | None = maybe()
    description_zh: str | None = maybe()
    description_en: str | None = maybe()
    event_id: int | None = points_to("event", default=None, nullable=True, index=True)
    owner_id: int | None = points_to("organization", default=None, nullable=True, index=True)
    due_on: dt.date | None = day()
    status: str = text()
    priority: str = text()
    progress: int = 0
    milestones: list[dict[str, Any]] = json_list()
    notes: list[dict[str, Any]] = json_list()
    evidence: list[dict[str, Any]] = json_list()
    organization_id: int | None = points_to("organization", default=None, nullable=True)
    author: str = text()
    version: int = 1
    updated_at: dt.datetime = moment()


class ActionTerms(SQLModel, table=True):
    __tablename__ = "action_terms"
    __table_args__ = rules(texts={})

    id: int | None = points_to("action", default=None, primary_key=True)
    terms: str = text()


class ActionPartner(SQLModel, table=True):
    __tablename__ = "action_partner"
    __table_args__ = rules(UniqueConstraint("action_id", "organization_id"), texts={})

    id: int | None = Field(default=None, primary_key=True)
    action_id: int = points_to("action")
    position: int
    organization_id: int = points_to("organization")


class Link(SQLModel, table=True):
    """An action serves a commitment."""

    __table_args__ = rules(
        UniqueConstraint("action_id", "commitment_id"), texts={"note zh en": NOTE_LENGTH}, codes={"contribution": Contribution}
    )

    id: int | None = Field(default=None, primary_key=True)
    action_id: int = points_to("action")
    commitment_id: int = points_to("commitment", index=True)
    contribution: str = text()
    note_zh: str | None = maybe()
    note_en: str | None = maybe()
