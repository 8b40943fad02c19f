"""Who may see what is not public yet: staff everything, a focal point what his organization wrote, everybody else nothing.

One rule for rows (in SQL and in Python), for bodies of the ledger and for its history.
"""

import enum
from typing import Any

from sqlalchemy import literal, or_, select

from app.actors import Actor
from app.codes import ActionStatus, UpdateState
from app.db.records import Record
from app.db.sessions import Reading
from app.domain.columns import ACTION, ORGANIZATION, STATUS_UPDATE, is_published

PUBLIC_ACTION: Any = ACTION.status != ActionStatus.PROPOSED
PUBLIC_UPDATE: Any = is_published(STATUS_UPDATE)


class Sight(enum.Enum):
    """What an actor sees: everything, what is public and his own organization's, or what is public."""

    ALL = enum.auto()
    OWN = enum.auto()
    PUBLIC = enum.auto()


def sight(actor: Actor) -> Sight:
    if actor.is_staff:
        return Sight.ALL
    return Sight.OWN if actor.is_focal_point else Sight.PUBLIC


def sees(session: Reading, *, public: bool, organization: str | None) -> bool:
    """Whether the actor may see something that is public or not, written for an organization."""
    match sight(session.actor):
        case Sight.ALL:
            return True
        case Sight.OWN:
            return public or organization == session.actor.organization
    return public


def seen(case: Sight, public: Any, organization_id: Any, own: Any) -> Any:
    """The same as a condition on rows; `own` is the actor's organization, a code or the parameter for it."""
    if case is Sight.ALL:
        return literal(True)
    if case is Sight.PUBLIC:
        return public
    return or_(public, organization_id == select(ORGANIZATION.id).where(ORGANIZATION.code == own).scalar_subquery())


def is_public(entity: str, record: Record) -> bool:
    """Whether a record by itself was for everybody, as it stands in its ledger entry: drafts and proposals were not."""
    match entity:
        case "status_update":
            return bool(record["state"] == UpdateState.PUBLISHED)
        case "action":
            return bool(record["status"] != ActionStatus.PROPOSED)
    return True
