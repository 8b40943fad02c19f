"""The register as the lines of a record file, in one fixed order: what is shared, documents, then each commitment with what was said of it,
actions, links, equivalences.

Commitments and updates, of which there may be hundreds of thousands, are written by the database itself.
"""

import heapq
import operator
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.codes import ActionStatus, UpdateState
from app.db.engines import ByteText
from app.db.json_sql import JSONText
from app.db.sessions import ReadSession
from app.domain.columns import ACTION as _A
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import EQUIVALENCE as _E
from app.domain.columns import EVENT, FRAMEWORK
from app.domain.columns import LINK as _L
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.commitment_list import Selection, chosen
from app.domain.shapes import Evidence, as_text
from app.interchange.lines import encode, line_of
from app.register import REGISTER

_BATCH = 500
_AT_ONCE = 2000
_EVERYTHING = Selection()
_parent, _corrected = aliased(_C), aliased(_U)
_evidence = msgspec.json.Decoder(list[Evidence])


def record_lines(session: ReadSession, selection: Selection = _EVERYTHING, *, public: bool, review_months: int = 12) -> Iterator[bytes]:
    """The record file of these commitments and of everything they need, some lines at a time; `public` leaves out what is not published."""
    return _Export(session, selection, public, review_months).lines()


class _Export:
    """One export. `among` is the condition that a column holds the key of a chosen commitment."""

    def __init__(self, session: ReadSession, selection: Selection, public: bool, review_months: int) -> None:
        self.session, self.public, self.until = session, public, selection.as_of
        keys, self.params = chosen(session, selection, review_months)
        self.keys = None if keys is None else _with_wholes(keys)

    def lines(self) -> Iterator[bytes]:
        yield from self._records("organization", select(_O.id).order_by(_O.code))
        yield from self._records("framework", select(FRAMEWORK.id).order_by(FRAMEWORK.code))
        yield from self._records("event", select(EVENT.id).order_by(EVENT.series, EVENT.ordinal))
        holding = select(_C.document_id).where(self._among(_C.id))
        yield from self._records("document", select(_D.id).where(self._if_narrowed(_D.id.in_(holding))).order_by(_D.symbol))
        yield from self._commitments()
        yield from self._records("action", select(_A.id).where(self._actions()).order_by(_A.number))
        links = select(_L.id).join(_A, _A.id == _L.action_id).join(_C, _C.id == _L.commitment_id)
        shown = links.where(self._public(_A.status != ActionStatus.PROPOSED), self._among(_L.commitment_id))
        yield from self._records("link", shown.order_by(_A.number, _C.order_key))
        yield from self._records("equivalence", select(_E.id).where(self._equivalences()).order_by(_E.entity, _E.ref, _E.field))

    def _among(self, column: Any) -> Any:
        return literal(True) if self.keys is None else column.in_(self.keys)

    def _if_narrowed(self, condition: Any) -> Any:
        return literal(True) if self.keys is None else condition

    def _public(self, condition: Any) -> Any:
        return condition if self.public else literal(True)

    def _actions(self) -> Any:
        linked = select(_L.action_id).where(self._among(_L.commitment_id))
        return and_(self._public(_A.status != ActionStatus.PROPOSED), self._if_narrowed(_A.id.in_(linked)))

    def _updates(self) -> Any:
        in_time = literal(True) if self.until is None else as_text(_U.effective_on) <= self.until.isoformat()
        return and_(self._among(_U.commitment_id), self._public(_U.state == UpdateState.PUBLISHED), in_time)

    def _equivalences(self) -> Any:
        """Those of records that are in the export."""
        shown = {
            "commitment": select(_C.ref).where(self._among(_C.id)),
            "status_update": select(_U.ref).where(self._updates()),
            "action": select(_A.ref).where(self._actions()),
        }
        return or_(_E.entity.not_in(list(shown)), *(and_(_E.entity == entity, _E.ref.in_(refs)) for entity, refs in shown.items()))

    def _records(self, entity: str, keys: Select[Any]) -> Iterator[bytes]:
        """The lines of the records with these internal keys, in their order."""
        reader = self.session.connection, REGISTER.reader(entity)
        found = self.session.connection.execute(keys.execution_options(yield_per=_BATCH), self.params)
        for page in found.scalars().partitions(_BATCH):
            records = reader[1].some(reader[0], page)
            yield b"".join(encode(line_of(entity, records[key])) + b"\n" for key in page)

    def _commitments(self) -> Iterator[bytes]:
        """Commitments in document order, each followed by its updates by number and its confirmations by day."""
        until = literal(True) if self.until is None else as_text(_F.confirmed_on) <= self.until.isoformat()
        sources = [
            self._stream(_COMMITMENTS.where(self._among(_C.id))),
            map(_update, self._stream(_UPDATES.where(self._updates()))),
            self._stream(_CONFIRMATIONS.where(self._among(_F.commitment_id), until)),
        ]
        lines: list[str] = []
        for row in heapq.merge(*sources, key=operator.itemgetter(0)):
            lines.append(row[1])
            if len(lines) == _AT_ONCE:
                yield ("\n".join(lines) + "\n").encode()
                lines.clear()
        if lines:
            yield ("\n".join(lines) + "\n").encode()

    def _stream(self, statement: Select[Any]) -> Iterator[Any]:
        return iter(self.session.connection.execute(statement.execution_options(yield_per=_AT_ONCE), self.params))


def _with_wholes(keys: Select[Any]) -> Any:
    """The keys, and those of the commitments that the parts among them belong to: a part is nothing without them."""
    part = aliased(_C)
    return keys.union(select(part.parent_id).where(part.id.in_(keys), part.parent_id.is_not(None)))


def _object(kind: str, /, **fields: Any) -> Any:
    """A JSON object of these fields, in this order, as an expression of the database."""
    text: Any = literal(f'{{"type":"{kind}"', ByteText)
    for name, value in fields.items():
        text = text + literal(f',"{name}":', ByteText) + value
    return text + literal("}", ByteText)


def _value(column: Any) -> Any:
    return JSONText(column)


def _pair(of: Any, name: str) -> Any:
    """Both languages of a text."""
    zh, en = (_value(getattr(of, f"{name}_{lang}")) for lang in ("zh", "en"))
    return literal('{"zh":', ByteText) + zh + literal(',"en":', ByteText) + en + literal("}", ByteText)


def _standing() -> Any:
    start, between, end = '{"zh":{"authority":', '},"en":{"authority":', "}}"
    zh, en = _value(_C.authority_zh), _value(_C.authority_en)
    return literal(start, ByteText) + zh + literal(between, ByteText) + en + literal(end, ByteText)


_level = case((_C.parent_id.is_(None), literal('"commitment"', ByteText)), else_=literal('"part"', ByteText))
_about = func.substr(_C.card, 2, func.length(_C.card) - 2)
"""Addressees, frameworks and responsible organizations, which stand as JSON in the row, without the brackets around them."""
_COMMITMENTS = (
    select(
        _C.order_key,
        _object(
            "commitment", ref=_value(_C.ref), document=_value(_D.symbol), kind=_value(_C.kind), tracking=_value(_C.tracking), level=_level,
            parent=_value(_parent.ref), position=_value(_C.position), label=_value(_C.label), citation=_pair(_C, "citation"),
            lead_verb=_pair(_C, "lead_verb"), text=_pair(_C, "text"),
            languages=_standing() + literal(",", ByteText) + _about + literal("", ByteText), target_on=_value(as_text(_C.target_on)),
        ),
    )
    .select_from(_C)
    .join(_D, _D.id == _C.document_id)
    .outerjoin(_parent, _parent.id == _C.parent_id)
    .order_by(_C.order_key)
)  # fmt: skip
_UPDATES = (
    select(
        _C.order_key,
        _object(
            "status_update", ref=_value(_U.ref), commitment=_value(_C.ref), status=_value(_U.status),
            effective_on=_value(as_text(_U.effective_on)), narrative=_pair(_U, "narrative"),
        ),
        as_text(_U.evidence),
        _object(
            "", state=_value(_U.state), corrects=_value(_corrected.ref), review_note=_value(_U.review_note),
            published_no=_value(_U.published_no), organization=_value(_O.code),
        ),
    )
    .select_from(_U)
    .join(_C, _C.id == _U.commitment_id)
    .outerjoin(_corrected, _corrected.id == _U.corrects_id)
    .outerjoin(_O, _O.id == _U.organization_id)
    .order_by(_C.order_key, _U.number)
)  # fmt: skip
_CONFIRMATIONS = (
    select(
        _C.order_key,
        _object(
            "confirmation", commitment=_value(_C.ref), confirmed_on=_value(as_text(_F.confirmed_on)), note=_pair(_F, "note"),
            organization=_value(_O.code),
        ),
    )
    .select_from(_F)
    .join(_C, _C.id == _F.commitment_id)
    .outerjoin(_O, _O.id == _F.organization_id)
    .order_by(_C.order_key, _F.confirmed_on)
)  # fmt: skip
_FIRST = '[{"kind":'
"""How evidence begins that is stored in the order of its shape; the ledger sorts the fields, and so does whatever was restored from it."""


def _update(row: Any) -> tuple[str, str]:
    key, before, evidence, after = row
    if evidence != "[]" and not evidence.startswith(_FIRST):
        evidence = encode(_evidence.decode(evidence)).decode()
    return key, f'{before[:-1]},"evidence":{evidence}{after[len(_EMPTY) :]}'


_EMPTY = '{"type":""'


def line_count(session: ReadSession) -> int:
    """How many lines an export of everything has."""
    return sum(int(session.value(select(func.count()).select_from(kind.table))) for kind in REGISTER.kinds)
