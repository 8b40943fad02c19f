"""Organizations: bodies named in documents, and the groups their clauses address."""

from typing import Any

import msgspec
from sqlalchemy import select

from app import tables_references
from app.actors import Permission
from app.db.sessions import Reading, WriteSession
from app.domain.columns import ORGANIZATION as _T
from app.domain.commands import command
from app.domain.intake import Code, Line, Title
from app.domain.shapes import Version
from app.errors import Conflict, NotFound, invalid
from app.i18n import Text


class Organization(msgspec.Struct, frozen=True):
    id: Code
    name: Text
    acronym: str | None
    kind: str
    version: Version


class OrganizationFields(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor may change of an organization; `kind` is a code such as un, space-agency or group."""

    name: Title
    kind: Code
    acronym: Line | None = None


class NewOrganization(OrganizationFields, frozen=True, kw_only=True):
    """A new organization or group."""

    id: Code


_COLUMNS = select(_T.code, _T.name_zh, _T.name_en, _T.acronym, _T.kind, _T.version).order_by(_T.code)


def organizations(session: Reading) -> list[Organization]:
    """All organizations by id."""
    return [_shape(row) for row in session.rows(_COLUMNS)]


def _shape(row: Any) -> Organization:
    code, name_zh, name_en, acronym, kind, version = row
    return Organization(code, Text(name_zh, name_en), acronym, kind, version)


def organization(session: Reading, code: str) -> Organization:
    """One organization. Raises NotFound."""
    row = session.first(_COLUMNS.where(_T.code == code))
    if row is None:
        raise NotFound
    return _shape(row)


def find_organization(session: WriteSession, code: str) -> tables_references.Organization:
    """The row of an organization. Raises NotFound."""
    row: tables_references.Organization | None = session.scalars(select(_T).where(_T.code == code)).first()
    if row is None:
        raise NotFound
    return row


@command("organization:create", Permission.PUBLISH)
def create_organization(session: WriteSession, new: NewOrganization) -> Organization:
    """Add an organization. Raises Conflict where the id is taken."""
    _check(new)
    if session.value(select(_T.id).where(_T.code == new.id)):
        raise Conflict("ref_taken", ref=new.id)
    row = _T(code=new.id)
    _fill(row, new)
    session.add(row)
    return organization(session, new.id)


def organization_fields(session: Reading, code: str) -> dict[str, Any]:
    """What a merge patch of this organization is merged into: the raw values of OrganizationFields."""
    now = organization(session, code)
    return {name: msgspec.to_builtins(getattr(now, name)) for name in OrganizationFields.__struct_fields__}


@command("organization:change", Permission.PUBLISH)
def change_organization(session: WriteSession, row: tables_references.Organization, fields: OrganizationFields) -> Organization:
    """Give an organization these values."""
    _check(fields)
    before = organization_fields(session, row.code)
    _fill(row, fields)
    if organization_fields(session, row.code) != before:
        row.version += 1
    return organization(session, row.code)


def _check(fields: OrganizationFields) -> None:
    if not fields.name:
        raise invalid("/name", "item_needs_title")


def _fill(row: tables_references.Organization, fields: OrganizationFields) -> None:
    row.name_zh, row.name_en = fields.name.zh, fields.name.en
    row.kind, row.acronym = fields.kind, fields.acronym
