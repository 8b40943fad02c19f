"""Documents: the sources that commitments are units of."""

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import func, select

from app.actors import Permission
from app.codes import Authority, CommitmentKind, Status, Tracking
from app.db.sessions import Reading, WriteSession
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT as _T
from app.domain.columns import EVENT
from app.domain.commands import command, internal_key
from app.domain.intake import Code, Symbol, Title
from app.domain.shapes import AuthorityOf, Day, Few, Languages, Version, as_text
from app.errors import Conflict, NotFound, invalid
from app.i18n import Text
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


class NewDocument(msgspec.Struct, frozen=True, kw_only=True):
    symbol: Symbol
    title: Title
    languages: Languages = Languages(AuthorityOf(Authority.WORKING), AuthorityOf(Authority.WORKING))
    body: Title = Title()
    adopted_on: dt.date | None = None
    event: Code | None = None
    references: Few[Symbol] = []


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


@command("document:create", Permission.PUBLISH)
def create_document(session: WriteSession, new: NewDocument) -> None:
    """Add a document. Raises Conflict where its symbol, or another symbol with the same slug, is there already."""
    slug = slug_of(new.symbol)
    if session.value(select(_T.id).where(_T.slug == slug)):
        raise Conflict("ref_taken", ref=new.symbol)
    if not new.title:
        raise invalid("/title", "item_needs_title")
    event = internal_key(session, EVENT, "code", new.event, "/event")
    session.add(
        _T(
            symbol=new.symbol, slug=slug, title_zh=new.title.zh, title_en=new.title.en, body_zh=new.body.zh, body_en=new.body.en,
            authority_zh=new.languages.zh.authority, authority_en=new.languages.en.authority,
            adopted_on=new.adopted_on, event_id=event, references=list(new.references),
        )
    )  # fmt: skip
    session.flush()
