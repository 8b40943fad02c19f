"""The register as the lines of a record file, in one fixed order: what is shared, documents, then each commitment with what was said of it,
actions, links, equivalences.

Commitments and updates, of which there may be hundreds of thousands, are written by the database itself.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.codes import ActionStatus
from app.db.beside import asked_beside
from app.db.engines import ByteText
from app.db.json_sql import UTF8, Filled, Joined, JSONText
from app.db.prepared import Prepared
from app.db.sessions import ReadSession
from app.domain.columns import ACTION as _A
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import EQUIVALENCE as _E
from app.domain.columns import EVENT, FRAMEWORK, is_published
from app.domain.columns import LINK as _L
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.selection import Selection, chosen
from app.domain.shapes import as_text
from app.interchange.lines import SHAPES, encode, line_of
from app.register import REGISTER

_BATCH = 500
_AT_ONCE = 100
"""Commitments with everything below them, of which there may be much."""
_MANY = 100_000
"""From so many commitments on, a second process makes half of their lines."""
_PIECE = 2**20
_EVERYTHING = Selection()
_parent, _corrected = aliased(_C), aliased(_U)


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

    def _shown(self) -> Any:
        """Of the updates of a chosen commitment."""
        in_time = literal(True) if self.until is None else as_text(_U.effective_on) <= self.until.isoformat()
        return and_(self._public(is_published(_U)), in_time)

    def _equivalences(self) -> Any:
        """Those of records that are in the export."""
        shown = {
            "commitment": select(_C.ref).where(self._among(_C.id)),
            "status_update": select(_U.ref).where(self._among(_U.commitment_id), self._shown()),
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
        lines, middle = self._commitment_lines(), self._middle()
        if middle is None:
            yield from self._asked(lines)
            return
        first, second = lines.where(_C.order_key < middle), lines.where(_C.order_key >= middle)
        with asked_beside(self.session.connection, Prepared(second), self.params) as beside:
            yield from self._asked(first)
            found = beside()
            yield from self._asked(second) if found is None else _in_pieces(found)

    def _commitment_lines(self) -> Select[Any]:
        in_time = literal(True) if self.until is None else as_text(_F.confirmed_on) <= self.until.isoformat()
        below = _joined(_UPDATE_LINES.where(self._shown())), _joined(_CONFIRMATION_LINES.where(in_time))
        lines = select(UTF8(Filled(f"{_TEMPLATE}\n%s%s", *_VALUES, *below))).select_from(_C).join(_D, _D.id == _C.document_id)
        return lines.outerjoin(_parent, _parent.id == _C.parent_id).where(self._among(_C.id)).order_by(_C.order_key)

    def _middle(self) -> str | None:
        """Where the second half begins; None where not all commitments are wanted, or all are few."""
        count = 0 if self.keys is not None else int(self.session.value(select(func.count()).select_from(_C)))
        if count < _MANY:
            return None
        return str(self.session.value(select(_C.order_key).order_by(_C.order_key).offset(count // 2).limit(1)))

    def _asked(self, lines: Select[Any]) -> Iterator[bytes]:
        found = self.session.connection.execute(lines.execution_options(yield_per=_AT_ONCE), self.params)
        for some in found.scalars().partitions(_AT_ONCE):
            yield _in_order(b"".join(some))


def _in_pieces(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file from its beginning, many at a time."""
    file.seek(0)
    while piece := file.read(_PIECE):
        yield _in_order(piece + file.readline())


def _with_wholes(keys: Select[Any]) -> Any:
    """The keys, and those of the commitments that the parts among them belong to: a part is nothing without them."""
    part = aliased(_C)
    return keys.union(select(part.parent_id).where(part.id.in_(keys), part.parent_id.is_not(None)))


def _object(kind: str, /, **fields: Any) -> tuple[str, list[Any]]:
    """A JSON object of these fields in this order: its template and the values that fill it."""
    parts = [part if isinstance(part, tuple) else ("%s", [part]) for part in fields.values()]
    template = ",".join(f'"{name}":{part[0]}' for name, part in zip(fields, parts, strict=True))
    return f'{{"type":"{kind}",{template}}}', [value for part in parts for value in part[1]]


def _bare(column: Any) -> tuple[str, list[Any]]:
    """A name or a code, in which nothing needs to be escaped."""
    return '"%s"', [column]


def _pair(of: Any, name: str) -> tuple[str, list[Any]]:
    """Both languages of a text."""
    return '{"zh":%s,"en":%s}', [JSONText(getattr(of, f"{name}_{lang}")) for lang in ("zh", "en")]


def _joined(lines: Select[Any]) -> Any:
    """The lines that a commitment has below it, each on a line of its own."""
    below = lines.correlate(_C).subquery()
    return select(Joined(below.c.line)).select_from(below).scalar_subquery()


def _marked(evidence: Any) -> Any:
    """Evidence, with a mark where its fields are not in the order of its shape: what was restored from the ledger has them sorted."""
    return case((func.substr(evidence, 1, len(_SORTED)) == literal(_SORTED, ByteText), literal(_MARK, ByteText) + evidence), else_=evidence)


_SORTED, _MARK = '[{"date":', "\x01"
"""No text holds the mark, because JSON writes it in other characters."""
_level = case((_C.parent_id.is_(None), literal('"commitment"', ByteText)), else_=literal('"part"', ByteText))
_about = func.substr(_C.card, 2, func.length(_C.card) - 2)
"""Addressees, frameworks and responsible organizations, which stand as JSON in the row, without the brackets around them."""
_TEMPLATE, _VALUES = _object(
    "commitment", ref=_bare(_C.ref), document=JSONText(_D.symbol), kind=_bare(_C.kind), tracking=_bare(_C.tracking), level=_level,
    parent=JSONText(_parent.ref), position=_C.position, label=JSONText(_C.label), citation=_pair(_C, "citation"),
    lead_verb=_pair(_C, "lead_verb"), text=_pair(_C, "text"),
    languages=('{"zh":{"authority":"%s"},"en":{"authority":"%s"}},%s', [_C.authority_zh, _C.authority_en, _about]),
    target_on=JSONText(as_text(_C.target_on)),
)  # fmt: skip
_confirmation = _object(
    "confirmation", commitment=_bare(_C.ref), confirmed_on=_bare(as_text(_F.confirmed_on)), note=_pair(_F, "note"),
    organization=JSONText(_O.code),
)  # fmt: skip
_CONFIRMATION_LINES = (
    select(Filled(_confirmation[0] + "\n", *_confirmation[1]).label("line"))
    .select_from(_F)
    .outerjoin(_O, _O.id == _F.organization_id)
    .where(_F.commitment_id == _C.id)
    .order_by(_F.confirmed_on)
)
_update = _object(
    "status_update", ref=_bare(_U.ref), commitment=_bare(_C.ref), status=_bare(_U.status), effective_on=_bare(as_text(_U.effective_on)),
    narrative=_pair(_U, "narrative"), evidence=_marked(as_text(_U.evidence)), state=_bare(_U.state), corrects=JSONText(_corrected.ref),
    review_note=JSONText(_U.review_note), published_no=JSONText(_U.published_no), organization=JSONText(_O.code),
)  # fmt: skip
_UPDATE_LINES = (
    select(Filled(_update[0] + "\n", *_update[1]).label("line"))
    .select_from(_U)
    .outerjoin(_corrected, _corrected.id == _U.corrects_id)
    .outerjoin(_O, _O.id == _U.organization_id)
    .where(_U.commitment_id == _C.id)
    .order_by(_U.number)
)
_reread = msgspec.json.Decoder(SHAPES["status_update"])


def _in_order(lines: bytes) -> bytes:
    """Lines with the fields of all evidence in the order of its shape."""
    mark = _MARK.encode()
    if mark not in lines:
        return lines
    return b"".join(_reordered(line, mark) if mark in line else line for line in lines.splitlines(keepends=True))


def _reordered(line: bytes, mark: bytes) -> bytes:
    return encode(_reread.decode(line.replace(mark, b""))) + b"\n"


def line_count(session: ReadSession) -> int:
    """How many lines an export of everything has."""
    return sum(int(session.value(select(func.count()).select_from(kind.table))) for kind in REGISTER.kinds)
