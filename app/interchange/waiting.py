"""The files somebody sent that are still kept."""

import datetime as dt

import msgspec
from sqlalchemy import select

from app.actors import Permission
from app.codes import UploadKind
from app.db.ledger import CHANGE
from app.db.sessions import Reading
from app.db.types import moment_text
from app.domain.columns import IMPORT_DRAFT as _I
from app.domain.commands import view
from app.domain.shapes import Moment
from app.interchange.uploads import DAYS

_MOST = 200


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was sent: what it is, and whether it was accepted."""

    id: str
    kind: UploadKind
    name: str | None
    accepted: bool
    created_at: Moment
    expires_at: Moment


def imported(session: Reading, code: str) -> list[tuple[str, str]]:
    """What was stored from an accepted upload: kinds and refs in the order of the ledger, not more than a page of them."""
    at = session.value(select(_I.accepted_at).where(_I.code == code))
    if at is None:
        return []
    entries = select(CHANGE.c.entity, CHANGE.c.ref).where(CHANGE.c.at == moment_text(at)).order_by(CHANGE.c.seq).limit(_MOST)
    return list(dict.fromkeys((entity, ref) for entity, ref in session.asked().execute(entries)))


@view(Permission.PUBLISH)
def own_uploads(session: Reading) -> list[Kept]:
    """The uploads of the one who asks, newest first, as long as they are kept."""
    since = session.now - dt.timedelta(days=DAYS)
    columns = (_I.code, _I.kind, _I.name, _I.accepted_at, _I.created_at)
    mine = select(*columns).where(_I.author == session.actor.id, _I.created_at > since).order_by(_I.created_at.desc(), _I.code)
    return [
        Kept(
            id=code, kind=kind, name=name, accepted=accepted_at is not None, created_at=moment_text(created_at),
            expires_at=moment_text(created_at + dt.timedelta(days=DAYS)),
        )
        for code, kind, name, accepted_at, created_at in session.asked().execute(mine)
    ]  # fmt: skip
