"""Organizations: bodies named in documents, and the groups their clauses address."""

from typing import Any

import msgspec
from sqlalchemy import select

from app.actors import Permission
from app.db.sessions import Reading, WriteSession
from app.domain.columns import ORGANIZATION as _T
from app.domain.commands import command
from app.domain.intake import Code, Line, Title
from app.domain.shapes import Version
from app.errors import Conflict
from app.i18n import Text


class Organization(msgspec.Struct, frozen=True):
    id: Code
    name: Text
    acronym: str | None
    kind: str
    version: Version


class NewOrganization(msgspec.Struct, frozen=True):
    """What a new organization needs; `kind` is a code such as un, space-agency or group."""

    id: Code
    name: Title
    kind: Code
    acronym: Line | None = None


_COLUMNS = select(_T.code, _T.name_zh, _T.name_en, _T.acronym, _T.kind, _T.version).order_by(_T.code)


def organizations(session: Reading) -> list[Organization]:
    """All organizations by id."""
    return [_shape(row) for row in session.rows(_COLUMNS)]


def _shape(row: Any) -> Organization:
    code, name_zh, name_en, acronym, kind, version = row
    return Organization(code, Text(name_zh, name_en), acronym, kind, version)


@command("organization:create", Permission.ADMIN)
def create_organization(session: WriteSession, new: NewOrganization) -> None:
    """Add an organization. Raises Conflict where the id is taken."""
    if session.value(select(_T.id).where(_T.code == new.id)):
        raise Conflict("ref_taken", ref=new.id)
    session.add(_T(code=new.id, name_zh=new.name.zh, name_en=new.name.en, acronym=new.acronym, kind=new.kind))
