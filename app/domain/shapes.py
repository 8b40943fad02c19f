"""Shapes that several nouns share: dates and moments on the wire, tags, addressees, evidence, who recorded something."""

import datetime as dt
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta
from sqlalchemy import type_coerce

from app.codes import LIST_LENGTH, Authority, Basis, EvidenceKind
from app.db.engines import ByteText
from app.domain.intake import Code, Line, Remark, Symbol, Title, WebAddress

Day = Annotated[str, Meta(extra_json_schema={"format": "date", "examples": ["2022-11-24"]})]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time", "examples": ["2026-11-22T09:30:00.000000Z"]})]
Version = Annotated[int, Meta(ge=1, description="Counts the changes of this record; part of its ETag.")]
Shape = TypeVar("Shape")
Few = Annotated[list[Shape], Meta(max_length=LIST_LENGTH)]


class Page(msgspec.Struct, Generic[Shape], frozen=True):
    """One page of a list. `total` counts the whole list as of its first page; `next` is the cursor of the following page."""

    items: list[Shape]
    total: Annotated[int, Meta(ge=0)]
    next: str | None


def whole(items: list[Shape]) -> Page[Shape]:
    """A list so short that it is one page."""
    return Page(items, len(items), None)


class AuthorityOf(msgspec.Struct, frozen=True):
    """What standing the text has in one language."""

    authority: Authority


class Languages(msgspec.Struct, frozen=True):
    """The standing of the text per language: official text is read-only."""

    zh: AuthorityOf
    en: AuthorityOf


class Addressee(msgspec.Struct, frozen=True):
    """Whom the text names (explicit) or means (inferred)."""

    code: Code
    basis: Basis


class Tag(msgspec.Struct, frozen=True):
    """A place in a framework, named in the text (explicit) or inferred; code ALL is the framework as a whole."""

    framework: Code
    code: Code
    basis: Basis


class Evidence(msgspec.Struct, frozen=True):
    """What a statement rests on: a document (symbol), a web page (url) or a meeting."""

    kind: EvidenceKind
    title: Title = Title()
    symbol: Symbol | None = None
    paragraph: Line | None = None
    url: WebAddress | None = None
    date: dt.date | None = None
    note: Remark = Remark()


class Recorder(msgspec.Struct, frozen=True):
    """Who recorded something; `name` is null for readers."""

    organization: str | None
    name: str | None


def as_text(column: Any) -> Any:
    """A date or moment column as the text it is stored and sent as, without a detour over objects."""
    return type_coerce(column, ByteText)
