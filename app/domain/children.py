"""Rows that belong to a record, such as the organizers of an event: making them what was asked for."""

from collections.abc import Container, Sequence
from typing import Any

from sqlalchemy import select

from app.db.sessions import WriteSession
from app.domain.columns import ORGANIZATION
from app.errors import FieldError


def organization_rows(
    session: WriteSession, codes: list[str], pointer: str, field: str = ""
) -> tuple[list[dict[str, Any]], list[FieldError]]:
    """The values of child rows that name these organizations, and an error for each unknown or repeated one."""
    if not codes:
        return [], []
    wanted = select(ORGANIZATION.code, ORGANIZATION.id).where(ORGANIZATION.code.in_(codes))
    known = dict(session.rows(wanted))
    return [{"organization_id": known.get(code)} for code in codes], naming_errors(known, codes, pointer, field)


def naming_errors(known: Container[str], codes: Sequence[str], pointer: str, field: str = "") -> list[FieldError]:
    """An error for each organization that is not known or named twice."""
    errors = []
    for number, code in enumerate(codes):
        if code not in known:
            errors.append(FieldError(f"{pointer}/{number}{field}", "unknown_reference", {"entity": "organization", "ref": code}))
        elif code in codes[:number]:
            errors.append(FieldError(f"{pointer}/{number}{field}", "duplicate_entry"))
    return errors


def replace_children(session: WriteSession, model: Any, owner: str, row: Any, wanted: list[dict[str, Any]]) -> None:
    """Make the child rows of `row` these, in this order; where they are so already nothing is touched."""
    session.flush()
    present = session.scalars(select(model).where(getattr(model, owner) == row.id).order_by(model.position)).all()
    names = list(wanted[0]) if wanted else []
    if len(present) == len(wanted) and [{name: getattr(child, name) for name in names} for child in present] == wanted:
        return
    for child in present:
        session.delete(child)
    session.flush()
    session.add_all([model(**{owner: row.id, "position": position}, **values) for position, values in enumerate(wanted, 1)])
    session.flush()
