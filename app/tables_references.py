"""The tables of organizations, frameworks, events and documents. Every rule is repeated as a CHECK, as in `tables.py`."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.codes import (
    CODE_LENGTH,
    NAME_LENGTH,
    SYMBOL_LENGTH,
    Authority,
    EventStatus,
)
from app.db.schema import between, day, derived, json_list, maybe, points_to, rules, text


class Organization(SQLModel, table=True):
    """A body or a group that clauses address (kind `group`)."""

    __table_args__ = rules(texts={"code": CODE_LENGTH, "kind": CODE_LENGTH, "name zh en": NAME_LENGTH, "acronym": NAME_LENGTH})

    id: int | None = Field(default=None, primary_key=True)
    code: str = text(unique=True)
    name_zh: str | None = maybe()
    name_en: str | None = maybe()
    acronym: str | None = maybe()
    kind: str = text()
    version: int = 1


class Framework(SQLModel, table=True):
    """A list that commitments are tagged with; `items` are {code, title, full_title}."""

    __table_args__ = rules(texts={"code": CODE_LENGTH, "title zh en": NAME_LENGTH, "symbol": SYMBOL_LENGTH})

    id: int | None = Field(default=None, primary_key=True)
    code: str = text(unique=True)
    title_zh: str | None = maybe()
    title_en: str | None = maybe()
    symbol: str | None = maybe()
    items: list[dict[str, Any]] = json_list()
    version: int = 1


class Event(SQLModel, table=True):
    """A workshop of a series."""

    __table_args__ = rules(
        between("ordinal", 1, 10_000),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        UniqueConstraint("series", "ordinal"),
        texts={"code": CODE_LENGTH, "series": CODE_LENGTH, "name zh en": NAME_LENGTH, "place zh en": NAME_LENGTH, "report": SYMBOL_LENGTH},
        codes={"status": EventStatus},
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = text(unique=True)
    series: str = text()
    ordinal: int
    name_zh: str | None = maybe()
    name_en: str | None = maybe()
    place_zh: str | None = maybe()
    place_en: str | None = maybe()
    starts_on: dt.date | None = day()
    ends_on: dt.date | None = day()
    report: str | None = maybe()
    status: str = text()
    version: int = 1


class EventOrganizer(SQLModel, table=True):
    __tablename__ = "event_organizer"
    __table_args__ = rules(UniqueConstraint("event_id", "organization_id"), texts={})

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = points_to("event")
    position: int
    organization_id: int = points_to("organization")


class Document(SQLModel, table=True):
    """A source document; `references` are the symbols it refers to."""

    __table_args__ = rules(
        texts={"symbol": SYMBOL_LENGTH, "slug": SYMBOL_LENGTH, "title zh en": NAME_LENGTH, "body zh en": NAME_LENGTH},
        codes={"authority_zh": Authority, "authority_en": Authority},
    )

    id: int | None = Field(default=None, primary_key=True)
    symbol: str = text(unique=True)
    slug: str = text(unique=True, **derived())
    title_zh: str | None = maybe()
    title_en: str | None = maybe()
    authority_zh: str = text()
    authority_en: str = text()
    body_zh: str | None = maybe()
    body_en: str | None = maybe()
    adopted_on: dt.date | None = day()
    event_id: int | None = points_to("event", default=None, nullable=True)
    references: list[str] = json_list()
    version: int = 1
