"""Whether both languages of a text say the same: derived from hashes somebody confirmed, never typed in."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import bindparam, select

from app.codes import TranslationState
from app.db.prepared import Prepared
from app.db.sessions import Reading
from app.domain.columns import EQUIVALENCE as _E
from app.i18n import Text

Hashes = dict[str, tuple[str, str]]
"""The confirmed hashes (zh, en) by field of one record."""

_ORDER = [TranslationState.MISSING, TranslationState.STALE, TranslationState.UNCHECKED, TranslationState.CURRENT]
_CONFIRMED = Prepared(
    select(_E.ref, _E.field, _E.zh_sha256, _E.en_sha256).where(
        _E.entity == bindparam("entity"), _E.ref.in_(bindparam("refs", expanding=True))
    )
)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def state_of(text: Text, confirmed: tuple[str, str] | None) -> TranslationState:
    """The state of one pair that is not empty."""
    if text.zh is None or text.en is None:
        return TranslationState.MISSING
    if confirmed is None:
        return TranslationState.UNCHECKED
    return TranslationState.CURRENT if confirmed == (sha256(text.zh), sha256(text.en)) else TranslationState.STALE


def worst(texts: Iterable[tuple[str, Text]], confirmed: Hashes) -> TranslationState:
    """The state of a record: the worst of its texts that are not empty (missing, stale, unchecked, current)."""
    states = [state_of(text, confirmed.get(field)) for field, text in texts if text]
    return min(states, key=_ORDER.index, default=TranslationState.CURRENT)


def confirmed_hashes(session: Reading, entity: str, refs: Iterable[str]) -> dict[str, Hashes]:
    """The confirmed hashes of several records by ref."""
    found: dict[str, Hashes] = {}
    for ref, field, zh, en in session.rows(_CONFIRMED, entity=entity, refs=list(refs)):
        found.setdefault(ref, {})[field] = (zh, en)
    return found
