"""What references are called: the names of organizations, events, frameworks and documents behind their codes, for whoever shows them."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from app.db.prepared import Prepared
from app.db.sessions import Reading
from app.domain.columns import COMMITMENT, DOCUMENT, EVENT, FRAMEWORK, ORGANIZATION
from app.domain.frameworks import ALL, Item
from app.i18n import Text

_above = aliased(COMMITMENT)
_BATCH = 500
Place = tuple[str, str]
"""A framework and a code in it."""


class Labels(msgspec.Struct, frozen=True):
    """The names of what is short enough to be known whole; `places` holds the items of frameworks."""

    organizations: dict[str, Text]
    acronyms: dict[str, str]
    events: dict[str, Text]
    frameworks: dict[str, Text]
    places: dict[Place, Text]


def labels(session: Reading) -> Labels:
    """All names of the revision the session sees."""
    bodies = session.rows(select(ORGANIZATION.code, ORGANIZATION.name_zh, ORGANIZATION.name_en, ORGANIZATION.acronym))
    held = session.rows(select(EVENT.code, EVENT.name_zh, EVENT.name_en).order_by(EVENT.series, EVENT.ordinal))
    lists = session.rows(select(FRAMEWORK.code, FRAMEWORK.title_zh, FRAMEWORK.title_en, FRAMEWORK.items).order_by(FRAMEWORK.code))
    places = {(code, ALL): Text(zh, en) for code, zh, en, _ in lists}
    for code, _, _, items in lists:
        places |= {(code, item.code): item.title for item in msgspec.convert(items, list[Item])}
    return Labels(
        organizations={code: Text(zh, en) for code, zh, en, _ in bodies},
        acronyms={code: acronym for code, _, _, acronym in bodies if acronym},
        events={code: Text(zh, en) for code, zh, en in held},
        frameworks={code: Text(zh, en) for code, zh, en, _ in lists},
        places=places,
    )


class DocumentName(msgspec.Struct, frozen=True):
    """How a document is named and addressed."""

    symbol: str
    slug: str
    title: Text


_DOCUMENTS = select(DOCUMENT.symbol, DOCUMENT.slug, DOCUMENT.title_zh, DOCUMENT.title_en).order_by(DOCUMENT.symbol)
_FIRST = Prepared(_DOCUMENTS.limit(bindparam("limit")))
_NAMED = Prepared(_DOCUMENTS.where(DOCUMENT.symbol.in_(bindparam("symbols", expanding=True))))


def document_names(session: Reading, symbols: Sequence[str] | None = None, *, limit: int = 200) -> list[DocumentName]:
    """The documents with these symbols, or the first ones there are, by symbol."""
    rows = session.rows(_FIRST, limit=limit) if symbols is None else session.rows(_NAMED, symbols=symbols)
    return [DocumentName(symbol, slug, Text(zh, en)) for symbol, slug, zh, en in rows]


class CommitmentName(msgspec.Struct, frozen=True):
    """How a commitment is told apart where only its ref is known: its text, and what it is a part of."""

    text: Text
    authority_en: str
    parent: str | None
    tracking: str


def commitment_names(session: Reading, refs: Sequence[str]) -> dict[str, CommitmentName]:
    """The texts behind some refs."""
    found: dict[str, CommitmentName] = {}
    columns = (COMMITMENT.ref, COMMITMENT.text_zh, COMMITMENT.text_en, COMMITMENT.authority_en, _above.ref, COMMITMENT.tracking)
    wanted = select(*columns).outerjoin(_above, _above.id == COMMITMENT.parent_id)
    for start in range(0, len(refs), _BATCH):
        for ref, zh, en, authority, parent, tracking in session.rows(wanted.where(COMMITMENT.ref.in_(refs[start : start + _BATCH]))):
            found[ref] = CommitmentName(Text(zh, en), authority, parent, tracking)
    return found
