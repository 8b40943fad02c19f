"""Frameworks: the lists that commitments are tagged with."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import select

from app.actors import Permission
from app.db.sessions import Reading, WriteSession
from app.domain.columns import FRAMEWORK as _T
from app.domain.commands import command
from app.domain.intake import Code, Symbol, Title
from app.domain.shapes import Tag, Version
from app.errors import Conflict, FieldError
from app.i18n import Text

ALL = "ALL"
"""The code of a framework as a whole."""


class Item(msgspec.Struct, frozen=True):
    """One entry of a framework: its short title, and the full wording where it has one."""

    code: Code
    title: Title
    full_title: Title = Title()


class Framework(msgspec.Struct, frozen=True):
    id: Code
    title: Text
    symbol: str | None
    items: list[Item]
    version: Version


class NewFramework(msgspec.Struct, frozen=True):
    id: Code
    title: Title
    items: Annotated[list[Item], Meta(max_length=500)]
    symbol: Symbol | None = None


_COLUMNS = select(_T.code, _T.title_zh, _T.title_en, _T.symbol, _T.items, _T.version).order_by(_T.code)


def frameworks(session: Reading) -> list[Framework]:
    """All frameworks by id, with their items in their own order."""
    return [_shape(*row) for row in session.rows(_COLUMNS)]


def _shape(code: str, zh: str | None, en: str | None, symbol: str | None, items: list[dict[str, Any]], version: int) -> Framework:
    return Framework(code, Text(zh, en), symbol, msgspec.convert(items, list[Item]), version)


@command("framework:create", Permission.ADMIN)
def create_framework(session: WriteSession, new: NewFramework) -> None:
    """Add a framework. Raises Conflict where the id is taken."""
    if session.value(select(_T.id).where(_T.code == new.id)):
        raise Conflict("ref_taken", ref=new.id)
    session.add(_T(code=new.id, title_zh=new.title.zh, title_en=new.title.en, symbol=new.symbol, items=msgspec.to_builtins(new.items)))


class Places(msgspec.Struct, frozen=True):
    """A framework as tags see it: its internal key and the codes of its items."""

    id: int
    codes: frozenset[str]


def known_places(session: Reading) -> dict[str, Places]:
    """Every framework by its id."""
    rows = session.rows(select(_T.id, _T.code, _T.items))
    return {row.code: Places(row.id, frozenset(item["code"] for item in row.items) | {ALL}) for row in rows}


def tag_errors(known: dict[str, Places], tags: Sequence[Tag], pointer: str) -> list[FieldError]:
    """An error for each tag that names nothing, or was given before."""
    errors = []
    for number, tag in enumerate(tags):
        framework = known.get(tag.framework)
        if framework is None:
            errors.append(FieldError(f"{pointer}/{number}/framework", "unknown_reference", {"entity": "framework", "ref": tag.framework}))
        elif tag.code not in framework.codes:
            errors.append(FieldError(f"{pointer}/{number}/code", "unknown_reference", {"entity": tag.framework, "ref": tag.code}))
    seen = [(tag.framework, tag.code) for tag in tags]
    return errors + [FieldError(f"{pointer}/{number}", "duplicate_entry") for number, one in enumerate(seen) if one in seen[:number]]
