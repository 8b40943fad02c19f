"""Documents: the sources that commitments are units of."""

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import func, select

from app import tables_references
from app.actors import Permission
from app.codes import Authority, CommitmentKind, Status, Tracking
from app.db.sessions import Reading, WriteSession
from app.domain import derived
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION, EVENT, STATUS_UPDATE, is_published
from app.domain.columns import DOCUMENT as _T
from app.domain.commands import command, key_or_error
from app.domain.intake import Code, Symbol, Title
from app.domain.shapes import AuthorityOf, Day, Few, Languages, Version, as_text
from app.errors import Conflict, FieldError, Invalid, NotFound
from app.i18n import Lang, Text
from app.names import slug_of


class Counts(msgspec.Struct):
    """How many commitments a document has, parts not among them."""

    commitments: int
    parts: int
    by_kind: dict[str, int]
    by_tracking: dict[str, int]
    by_status: dict[str, int]


class Document(msgspec.Struct, frozen=True):
    slug: str
    symbol: str
    title: Text
    languages: Languages
    body: Text
    adopted_on: Day | None
    event: str | None
    references: list[str]
    counts: Counts
    version: Version


class DocumentFields(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor may change of a document. An official title changes only by import and is refused here."""

    title: Title
    body: Title = Title()
    adopted_on: dt.date | None = None
    event: Code | None = None
    references: Few[Symbol] = []


class NewDocument(DocumentFields, frozen=True, kw_only=True):
    """A new document. The standing of its title (`languages`) is given here and changes only by import."""

    symbol: Symbol
    languages: Languages = Languages(AuthorityOf(Authority.WORKING), AuthorityOf(Authority.WORKING))


_BATCH = 500
_COLUMNS = (
    select(
        _T.id, _T.slug, _T.symbol, _T.title_zh, _T.title_en, _T.authority_zh, _T.authority_en, _T.body_zh, _T.body_en,
        as_text(_T.adopted_on), EVENT.code, _T.references, _T.version,
    )
    .outerjoin(EVENT, EVENT.id == _T.event_id)
    .order_by(_T.symbol)
)  # fmt: skip
_COUNTS = select(_C.parent_id.is_(None), _C.kind, _C.tracking, _C.status, func.count()).group_by(
    _C.parent_id.is_(None),
    _C.kind,
    _C.tracking,
    _C.status,
)


def document(session: Reading, slug: str) -> Document:
    """One document. Raises NotFound."""
    row = session.first(_COLUMNS.where(_T.slug == slug))
    if row is None:
        raise NotFound
    return _shape(session, row)


def documents(session: Reading, *, after: str = "", limit: int) -> list[Document]:
    """Documents by symbol, from the one behind `after` on."""
    return [_shape(session, row) for row in session.rows(_COLUMNS.where(_T.symbol > after).limit(limit))]


def document_count(session: Reading) -> int:
    return int(session.value(select(func.count()).select_from(_T)))


def _shape(session: Reading, row: Any) -> Document:
    identity, slug, symbol, zh, en, authority_zh, authority_en, body_zh, body_en, adopted, event, sources, version = row
    languages = Languages(AuthorityOf(authority_zh), AuthorityOf(authority_en))
    counts = _counts(session, identity)
    return Document(slug, symbol, Text(zh, en), languages, Text(body_zh, body_en), adopted, event, sources, counts, version)


def _counts(session: Reading, identity: int) -> Counts:
    counts = Counts(0, 0, *({code.value: 0 for code in codes} for codes in (CommitmentKind, Tracking, Status)))
    for whole, kind, tracking, status, number in session.rows(_COUNTS.where(_C.document_id == identity)):
        if not whole:
            counts.parts += number
            continue
        counts.commitments += number
        for sums, code in ((counts.by_kind, kind), (counts.by_tracking, tracking), (counts.by_status, status)):
            sums[code] += number
    return counts


def find_document(session: WriteSession, slug: str) -> tables_references.Document:
    """The row of a document. Raises NotFound."""
    row: tables_references.Document | None = session.scalars(select(_T).where(_T.slug == slug)).first()
    if row is None:
        raise NotFound
    return row


@command("document:create", Permission.PUBLISH)
def create_document(session: WriteSession, new: NewDocument) -> Document:
    """Add a document. Raises Conflict where its symbol, or another symbol with the same slug, is there already."""
    event = _checked(session, new, document_errors(new))
    slug = slug_of(new.symbol)
    if session.value(select(_T.id).where(_T.slug == slug)):
        raise Conflict("ref_taken", ref=new.symbol)
    row = _T(symbol=new.symbol, slug=slug, authority_zh=new.languages.zh.authority, authority_en=new.languages.en.authority)
    _fill(row, new, event)
    session.add(row)
    return document(session, slug)


def document_errors(new: NewDocument) -> list[FieldError]:
    """What is wrong with a new document by itself; nothing here is an excerpt of something else."""
    excerpts = [lang for lang in Lang if getattr(new.languages, lang).authority is Authority.EXCERPT]
    errors = [FieldError(f"/languages/{lang}/authority", "unknown_code", {"codes": "official, working"}) for lang in excerpts]
    return [*errors, *title_errors(new)]


def title_errors(fields: DocumentFields) -> list[FieldError]:
    return [] if fields.title else [FieldError("/title", "item_needs_title")]


def _checked(session: WriteSession, fields: DocumentFields, errors: list[FieldError]) -> int | None:
    """The internal key of the event. Raises Invalid with the errors so far and all others."""
    event, unknown = key_or_error(session, EVENT, "code", fields.event, "/event")
    if errors := [*errors, *unknown]:
        raise Invalid(errors=tuple(errors))
    return event


def document_fields(session: Reading, slug: str) -> dict[str, Any]:
    """What a merge patch of this document is merged into: the raw values of DocumentFields."""
    now = document(session, slug)
    return {name: msgspec.to_builtins(getattr(now, name)) for name in DocumentFields.__struct_fields__}


@command("document:change", Permission.PUBLISH)
def change_document(session: WriteSession, row: tables_references.Document, fields: DocumentFields) -> Document:
    """Give a document these values. Raises Conflict where the adoption would pass a date that is there already."""
    before = document_fields(session, row.slug)
    official = [lang for lang in Lang if getattr(row, f"authority_{lang}") == Authority.OFFICIAL]
    touched = [lang for lang in official if getattr(fields.title, lang) != getattr(row, f"title_{lang}")]
    event = _checked(session, fields, [FieldError(f"/title/{lang}", "official_text") for lang in touched] + title_errors(fields))
    adopted = row.adopted_on
    _fill(row, fields, event)
    if fields.adopted_on != adopted:
        _readopt(session, row)
    if document_fields(session, row.slug) != before:
        row.version += 1
    return document(session, row.slug)


def _readopt(session: WriteSession, row: tables_references.Document) -> None:
    """Let everything that counts from the adoption follow. Raises Conflict where a date lies before it."""
    of_document = select(_C.id).where(_C.document_id == row.id)
    if row.adopted_on is not None:
        effective = select(func.min(as_text(STATUS_UPDATE.effective_on))).where(
            STATUS_UPDATE.commitment_id.in_(of_document), is_published(STATUS_UPDATE)
        )
        confirmed = select(func.min(as_text(CONFIRMATION.confirmed_on))).where(CONFIRMATION.commitment_id.in_(of_document))
        earliest = min((day for day in (session.value(effective), session.value(confirmed)) if day), default=None)
        if earliest is not None and earliest < row.adopted_on.isoformat():
            raise Conflict("adopted_too_late", date=earliest)
    session.flush()
    ids = list(session.scalars(of_document.order_by(_C.id)))
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        derived.settle(session, session.scalars(select(_C).where(_C.id.in_(some))).all(), derived.status)


def _fill(row: tables_references.Document, fields: DocumentFields, event: int | None) -> None:
    row.title_zh, row.title_en = fields.title.zh, fields.title.en
    row.body_zh, row.body_en = fields.body.zh, fields.body.en
    row.adopted_on, row.references = fields.adopted_on, list(fields.references)
    row.event_id = event
