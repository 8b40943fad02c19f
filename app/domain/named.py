"""Records by their names, as people type them."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from app.db.sessions import Reading
from app.domain.actions import action
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT as _D
from app.domain.statuses import status_update
from app.errors import NotFound
from app.gate import folded
from app.names import slug_of

_MOST = 100
_UPDATE = re.compile(r"(.+)\.([1-9][0-9]{0,8})")


def named(session: Reading, words: str) -> tuple[str, str] | None:
    """The kind and the ref (of a document its symbol) of the record called so, whatever the case; None where the actor sees none."""
    name = words.strip()
    if len(name) > _MOST:
        return None
    return next(((kind, found) for kind, find in _KINDS.items() if (found := find(session, name))), None)


def _commitment(session: Reading, name: str) -> str | None:
    ref: str | None = session.value(select(_C.ref).where(_C.ref_key == folded(name)))
    return ref


def _update(session: Reading, name: str) -> str | None:
    parts = _UPDATE.fullmatch(name)
    of = _commitment(session, parts[1]) if parts else None
    return _seen(lambda: status_update(session, f"{of}.{parts[2]}").ref) if parts and of else None


def _action(session: Reading, name: str) -> str | None:
    return _seen(lambda: action(session, name.upper()).ref) if re.fullmatch(r"[Aa][1-9][0-9]{0,8}", name) else None


def _document(session: Reading, name: str) -> str | None:
    slug = slug_of(name).lower()
    symbol: str | None = session.value(select(_D.symbol).where(func.lower(_D.slug) == slug)) if slug else None
    return symbol


def _seen(find: Callable[[], str]) -> str | None:
    try:
        return find()
    except NotFound:
        return None


_KINDS: dict[str, Callable[[Any, str], str | None]] = {
    "commitment": _commitment,
    "status_update": _update,
    "action": _action,
    "document": _document,
}
