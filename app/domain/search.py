"""Words found in commitments, published updates and actions, in either language, with the passages they stand in."""

import enum
import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import bindparam, func, literal_column, select, tuple_

from app.db.engines import ByteText
from app.db.prepared import Prepared
from app.db.search_index import HitCount, Holds
from app.db.sessions import Reading
from app.domain.columns import ACTION as _A
from app.domain.columns import ACTION_TERMS, COMMITMENT_TERMS, STATUS_UPDATE_TERMS
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.lists import Paging, Place, cursor_of, digest, place_of
from app.domain.shapes import Page, as_text
from app.domain.sight import PUBLIC_ACTION, PUBLIC_UPDATE, Sight, seen, sight
from app.domain.words import Words, phrase_asked
from app.errors import unreadable
from app.i18n import Lang, Text
from app.terms import hits

_BEFORE, _AFTER = 60, 180
"""How many characters of a passage stand before and after the beginning of its first hit."""


class Found(enum.StrEnum):
    """What can be found, in the order in which it is listed."""

    COMMITMENT = "commitment"
    STATUS_UPDATE = "status_update"
    ACTION = "action"


class SearchQuery(Paging, frozen=True, kw_only=True):
    """What is looked for, and among what; without `entity`, among everything."""

    q: Words
    entity: Annotated[list[Found], Meta(max_length=50)] = []


class Piece(msgspec.Struct, frozen=True):
    """A stretch of the original text, which is what was looked for (`hit`) or stands around it."""

    text: str
    hit: bool


class Fragment(msgspec.Struct, frozen=True):
    """The passage of a text that holds the first hit; its pieces, put together, are the original text as it stands there."""

    field: str
    lang: Lang
    pieces: list[Piece]
    from_start: Annotated[bool, Meta(description="Whether the passage begins where the text does.")]
    to_end: Annotated[bool, Meta(description="Whether the passage ends where the text does.")]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was found. `text` is its text in both languages: of an update its narrative, of an action its title."""

    entity: Found
    ref: str
    commitment: str | None
    document: str | None
    text: Text
    languages: Annotated[list[Lang], Meta(description="The languages in which the words were found.")]
    fragments: list[Fragment]


class _Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where records of a kind are looked for. Columns: ref, commitment, document, and a pair for each field; then the sort keys.

    `public` says which are for everybody (all where it is None); with an `owner`, staff and the owner see the others too.
    """

    model: Any
    terms: Any
    fields: tuple[str, ...]
    columns: tuple[Any, ...]
    joined: Callable[[Any], Any]
    keys: tuple[Any, ...]
    down: bool = False
    public: Any = None
    owner: Any = None

    def statement(self, case: Sight, *selected: Any) -> Any:
        found = self.joined(select(*selected).select_from(self.model)).where(Holds(self.model.id, self.terms.__table__))
        if self.public is None:
            return found
        own = bindparam("own", type_=ByteText)
        return found.where(self.public if self.owner is None else seen(case, self.public, self.owner, own))


def _nothing(name: str) -> Any:
    """A column that this kind of record does not have."""
    return literal_column("NULL", ByteText).label(name)


_SOURCES = {
    Found.COMMITMENT: _Source(
        model=_C, terms=COMMITMENT_TERMS, fields=("text",),
        columns=(_C.ref, _nothing("commitment"), _D.symbol, _C.text_zh, _C.text_en),
        joined=lambda statement: statement.join(_D, _D.id == _C.document_id),
        keys=(_C.order_key, _C.ref),
    ),
    Found.STATUS_UPDATE: _Source(
        model=_U, terms=STATUS_UPDATE_TERMS, fields=("narrative",), public=PUBLIC_UPDATE,
        columns=(_U.ref, _C.ref, _D.symbol, _U.narrative_zh, _U.narrative_en),
        joined=lambda statement: statement.join(_C, _C.id == _U.commitment_id).join(_D, _D.id == _C.document_id),
        keys=(as_text(_U.published_at), _U.ref), down=True,
    ),
    Found.ACTION: _Source(
        model=_A, terms=ACTION_TERMS, fields=("title", "description"), public=PUBLIC_ACTION, owner=_A.organization_id,
        columns=(
            _A.ref, _nothing("commitment"), _nothing("document"), _A.title_zh, _A.title_en, _A.description_zh, _A.description_en,
        ),
        joined=lambda statement: statement,
        keys=(func.length(_A.ref), _A.ref),
    ),
}  # fmt: skip


@functools.cache
def _count(kind: Found, case: Sight) -> Prepared:
    source = _SOURCES[kind]
    return Prepared(select(HitCount(source.terms.__table__)) if source.public is None else source.statement(case, func.count()))


@functools.cache
def _page(kind: Found, case: Sight, after: bool) -> Prepared:
    source = _SOURCES[kind]
    statement = source.statement(case, *source.columns, *source.keys)
    if after:
        here, there = tuple_(*source.keys), tuple_(bindparam("after_0"), bindparam("after_1", type_=ByteText))
        statement = statement.where(here < there if source.down else here > there)
    return Prepared(statement.order_by(*(key.desc() if source.down else key for key in source.keys)).limit(bindparam("limit")))


def search(session: Reading, asked: SearchQuery) -> Page[Result]:
    """One page of what the actor may see. Raises BadRequest for another list's cursor."""
    phrase, case = phrase_asked(asked.q), sight(session.actor)
    params: dict[str, Any] = {"phrase": phrase, "needle": phrase, "own": session.actor.organization}
    kinds = [kind for kind in Found if kind in asked.entity or not asked.entity]
    place = place_of(asked, 3)
    total = place.total if place else sum(int(session.value(_count(kind, case), **params)) for kind in kinds)
    rows = list(itertools.islice(_rows(session, kinds, place, case, params | {"limit": asked.limit + 1}), asked.limit + 1))
    items = [_result(kind, row, asked.q) for kind, row in rows[: asked.limit]]
    if len(rows) <= asked.limit:
        return Page(items, total, None)
    kind, last = rows[asked.limit - 1]
    return Page(items, total, cursor_of(Place(digest(asked), total, [kind, str(last[-2]), last[-1]])))


def _rows(
    session: Reading, kinds: Sequence[Found], place: Place | None, case: Sight, params: dict[str, Any]
) -> Iterator[tuple[Found, Any]]:
    """Rows of each kind in turn, from the place on; a kind is asked only when those before it did not fill the page."""
    after: dict[str, Any] = {}
    if place:
        kinds, after = _resumed(kinds, place)
    for kind in kinds:
        yield from ((kind, row) for row in session.rows(_page(kind, case, bool(after)), **params, **after))
        after = {}


def _resumed(kinds: Sequence[Found], place: Place) -> tuple[Sequence[Found], dict[str, Any]]:
    name, key, ref = place.keys
    if name not in kinds or (name == Found.ACTION and not re.fullmatch("[1-9][0-9]?", key)):
        raise unreadable("?cursor", "bad_cursor")
    return kinds[list(kinds).index(Found(name)) :], {"after_0": int(key) if name == Found.ACTION else key, "after_1": ref}


def _result(kind: Found, row: Any, words: str) -> Result:
    source = _SOURCES[kind]
    texts = [Text(*row[n : n + 2]) for n in range(3, 3 + 2 * len(source.fields), 2)]
    made = [_fragment(field, lang, getattr(text, lang), words) for field, text in zip(source.fields, texts, strict=True) for lang in Lang]
    fragments = [fragment for fragment in made if fragment]
    languages = [lang for lang in Lang if any(fragment.lang is lang for fragment in fragments)]
    return Result(entity=kind, ref=row[0], commitment=row[1], document=row[2], text=texts[0], languages=languages, fragments=fragments)


def _fragment(field: str, lang: Lang, text: str | None, words: str) -> Fragment | None:
    """The passage around the first hit, cut between words."""
    found = list(hits(text, words)) if text else []
    if not text or not found:
        return None
    first, first_end = found[0]
    start, end = max(0, first - _BEFORE), min(len(text), max(first_end, first + _AFTER))
    start = _after_space(text, start, first)
    end = _before_space(text, first_end, end)
    pieces, at = [], start
    for one, other in found:
        if other > end:
            break
        pieces += [Piece(text[at:one], hit=False), Piece(text[one:other], hit=True)]
        at = other
    pieces.append(Piece(text[at:end], hit=False))
    return Fragment(field, lang, [piece for piece in pieces if piece.text], start == 0, end == len(text))


def _after_space(text: str, start: int, limit: int) -> int:
    """The beginning of a word at or behind `start`; within a stretch without spaces, such as Chinese, `start` itself."""
    space = text.find(" ", start, limit)
    return start if start == 0 or space < 0 or not text[start - 1 : space].isascii() else space + 1


def _before_space(text: str, limit: int, end: int) -> int:
    space = text.rfind(" ", limit, end)
    return end if end == len(text) or space < 0 or not text[space : end + 1].isascii() else space
