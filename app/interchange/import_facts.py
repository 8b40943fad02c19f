"""What an import asks the register: what is there already, and what lines refer to, for a batch of lines at once."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import literal, select
from sqlalchemy.orm import aliased

from app.db.records import Ids, Record, Register
from app.db.sessions import Reading
from app.domain.columns import ACTION as _A
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import EQUIVALENCE as _E
from app.domain.columns import EVENT, ORGANIZATION, is_published
from app.domain.columns import LINK as _L
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.frameworks import Places, known_places
from app.interchange.record_file import Parsed

_correction = aliased(_U)
_PLACE = (
    _C.id,
    _C.ref,
    _C.parent_id,
    _C.kind,
    _C.tracking,
    _C.text_zh,
    _C.text_en,
    _C.authority_zh,
    _C.authority_en,
    _D.symbol,
    _D.adopted_on,
)


class Published(msgspec.Struct):
    """A published update as the rules see those that came before: `corrected` by a published one or not."""

    ref: str
    number: int
    effective_on: dt.date
    status: str
    corrected: bool


class Facts:
    """Answers for the batch at hand. `ids` are the internal keys of what it refers to, `fresh` those of commitments made by this import."""

    def __init__(self, session: Reading, register: Register) -> None:
        self.session, self.register = session, register
        self.ids: Ids = {}
        self.shared: Ids = {}
        self.fresh: set[int] = set()
        self.linked: set[int] = set()
        self.new_actions: set[int] = set()
        self.organizations: set[str] = set()
        self.places: dict[str, Places] = {}
        self.rows: dict[str, Any] = {}

    def is_empty(self, kind: str) -> bool:
        """Whether there is no record of this kind yet."""
        return self.session.first(select(literal(1)).select_from(self.register.by_entity[kind].table).limit(1)) is None

    def learn(self) -> None:
        """Read what is shared by many lines, once it is all there."""
        for kind, column, key in (("organization", ORGANIZATION, "code"), ("event", EVENT, "code")):
            self.shared |= {(kind, name): identity for name, identity in self.session.rows(select(getattr(column, key), column.id))}
        self.organizations = {name for kind, name in self.shared if kind == "organization"}
        self.places = known_places(self.session)
        self.shared |= {("framework", name): place.id for name, place in self.places.items()}
        self.forget()

    def learn_documents(self) -> None:
        """Read the keys of all documents, once they are all there."""
        self.shared |= {("document", row[0]): row[1] for row in self.session.rows(select(_D.symbol, _D.id))}
        self.forget()

    def slugs(self, slugs: Iterable[str]) -> dict[str, str]:
        """Symbols of documents by the slug that makes them unique."""
        return {row[0]: row[1] for row in self.session.rows(select(_D.slug, _D.symbol).where(_D.slug.in_(list(slugs))))}

    def present(self, kind: str, batch: Sequence[Parsed]) -> dict[str, tuple[int, Record]]:
        """The records that lines of a batch name: internal key and record of the ledger, by the name."""
        reader = self.register.reader(kind)
        records = reader.some(self.session.asked(), self._keys(kind, batch))
        return {reader.ref(record): (key, record) for key, record in records.items()}

    def _keys(self, kind: str, batch: Sequence[Parsed]) -> list[int]:
        table = self.register.by_entity[kind].table
        if kind == "confirmation":
            wanted = select(_F.id).join(_C, _C.id == _F.commitment_id).where(_C.ref.in_([item.values.commitment for item in batch]))
        elif kind == "link":
            wanted = select(_L.id).join(_A, _A.id == _L.action_id).where(_A.ref.in_([item.values.action for item in batch]))
        elif kind == "equivalence":
            wanted = select(_E.id).where(_E.ref.in_([item.values.ref for item in batch]))
        else:
            column = table.c[self.register.by_entity[kind].key[0]]
            wanted = select(table.c.id).where(column.in_([item.key for item in batch]))
        return [row[0] for row in self.session.rows(wanted)]

    def find(self, refs: Iterable[str | None]) -> None:
        """Look these commitments up: `rows` by ref, and their internal keys."""
        wanted = sorted({ref for ref in refs if ref is not None})
        rows = self.session.rows(select(*_PLACE).join(_D, _D.id == _C.document_id).where(_C.ref.in_(wanted)))
        self.rows = {row.ref: row for row in rows}
        self.ids |= {("commitment", row.ref): row.id for row in rows}

    def taken(self, keys: Iterable[str]) -> dict[str, str]:
        """Refs of commitments by the key that makes them unique whatever their case."""
        return {row[0]: row[1] for row in self.session.rows(select(_C.ref_key, _C.ref).where(_C.ref_key.in_(list(keys))))}

    def find_updates(self, refs: Iterable[str]) -> dict[str, list[Published]]:
        """The published updates of these commitments, by number of publication."""
        corrected = select(_correction.id).where(_correction.corrects_id == _U.id, is_published(_correction)).exists()
        columns = (_C.ref, _U.id, _U.ref, _U.published_no, _U.effective_on, _U.status, corrected)
        rows = self.session.rows(
            select(*columns).join(_C, _C.id == _U.commitment_id).where(_C.ref.in_(sorted(refs)), is_published(_U)).order_by(_U.published_no)
        )
        found: dict[str, list[Published]] = {}
        for commitment, key, ref, number, effective_on, status, corrected in rows:
            self.ids["status_update", ref] = key
            found.setdefault(commitment, []).append(Published(ref, number, effective_on, status, bool(corrected)))
        return found

    def find_actions(self, refs: Iterable[str]) -> None:
        """Look these actions up: their internal keys."""
        rows = self.session.rows(select(_A.ref, _A.id).where(_A.ref.in_(sorted(set(refs)))))
        self.ids |= {("action", row[0]): row[1] for row in rows}

    def commitments(self, refs: Sequence[str]) -> list[int]:
        """The internal keys of commitments."""
        return [row[0] for row in self.session.rows(select(_C.id).where(_C.ref.in_(refs)))]

    def family(self, ref: str) -> list[int]:
        """The keys of a commitment and, for a part, of the commitment it belongs to."""
        row = self.rows[ref]
        return [row.id] if row.parent_id is None else [row.id, row.parent_id]

    def exist(self, entity: str, refs: Iterable[str]) -> set[str]:
        """Which of these records there are."""
        kind = self.register.by_entity[entity]
        column = kind.table.c[kind.key[0]]
        return {row[0] for row in self.session.rows(select(column).where(column.in_(sorted(set(refs)))))}

    def parts_of(self, keys: Sequence[int]) -> Sequence[Any]:
        """The parts of these commitments, each with the key of what it is a part of."""
        columns = (_C.parent_id, *_PLACE)
        return self.session.rows(select(*columns).join(_D, _D.id == _C.document_id).where(_C.parent_id.in_(keys)).order_by(_C.ref))

    def of_keys(self, keys: Sequence[int]) -> dict[int, Any]:
        """Commitments by their internal keys."""
        return {row.id: row for row in self.session.rows(select(*_PLACE).join(_D, _D.id == _C.document_id).where(_C.id.in_(keys)))}

    def forget(self) -> None:
        """Drop what only the batch at hand referred to."""
        self.ids = dict(self.shared)
        self.rows = {}
