"""Column types that mean the same on both engines: text in byte order, moments in UTC, dates, lists kept as JSON."""

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Dialect
from sqlalchemy.types import TypeDecorator

from app.db.engines import ByteText


def moment_text(moment: dt.datetime) -> str:
    """A moment as it stands in the ledger: UTC, six decimals, Z. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment_of(text: str) -> dt.datetime:
    """The inverse of moment_text."""
    return dt.datetime.fromisoformat(text)


class UTCDateTime(TypeDecorator[dt.datetime]):
    """A moment, kept as text of one fixed form so that both engines store, compare and return the same."""

    impl = ByteText
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dt.datetime | None:
        return None if value is None else moment_of(value)


class ISODate(TypeDecorator[dt.date]):
    """A date without a time, kept as YYYY-MM-DD."""

    impl = ByteText
    cache_ok = True

    def process_bind_param(self, value: dt.date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> dt.date | None:
        return None if value is None else dt.date.fromisoformat(value)


class JSONList(TypeDecorator[list[Any]]):
    """A list of values that belongs wholly to its row (evidence, milestones …), kept as JSON text; set it anew to change it."""

    impl = ByteText
    cache_ok = True

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[Any] | None:
        return None if value is None else msgspec.json.decode(value)
