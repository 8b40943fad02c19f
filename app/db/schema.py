"""How the columns and checks of tables are written, so that a table reads as a list of what it holds."""

import enum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlmodel import Field

from app.db.engines import TABLE_OPTIONS, ByteText
from app.db.records import DERIVED
from app.db.types import ISODate, JSONList, UTCDateTime


def rules(*more: Any, texts: dict[str, int], codes: dict[str, type[enum.StrEnum]] | None = None) -> tuple[Any, ...]:
    """What the database itself refuses: empty or over-long texts, unknown codes, and `more`. `a zh en` names a column per language."""
    lengths = [(name, limit) for names, limit in texts.items() for name in _columns(names)]
    return (
        *(CheckConstraint(f"length({name}) BETWEEN 1 AND {limit}", name=f"{name}_length") for name, limit in lengths),
        *(
            CheckConstraint(f"{name} IN ({', '.join(map(repr, map(str, listed)))})", name=f"{name}_code")
            for name, listed in (codes or {}).items()
        ),
        *more,
        TABLE_OPTIONS,
    )


def _columns(names: str) -> list[str]:
    name, *langs = names.split()
    return [f"{name}_{lang}" for lang in langs] or [name]


def between(column: str, low: int, high: int) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=f"{column}_range")


def text(**extra: Any) -> Any:
    return Field(sa_type=ByteText, **extra)


def maybe(**extra: Any) -> Any:
    return text(default=None, nullable=True, **extra)


def day(**extra: Any) -> Any:
    return Field(default=None, nullable=True, sa_type=ISODate, **extra)


def moment() -> Any:
    return Field(sa_type=UTCDateTime)


def json_list() -> Any:
    return Field(default_factory=list, sa_type=JSONList, nullable=False)


def points_to(table: str, **extra: Any) -> Any:
    return Field(sa_column_args=[ForeignKey(f"{table}.id", ondelete="RESTRICT")], **extra)


def derived() -> dict[str, Any]:
    return {"sa_column_kwargs": {"info": DERIVED}}


def count(**extra: Any) -> Any:
    """A number that follows from other rows."""
    return Field(sa_column_kwargs={"info": DERIVED}, **extra)
