"""Moments and revisions as callers write them."""

import datetime as dt
import re
from typing import Annotated

from msgspec import Meta

from app.db.types import moment_text
from app.errors import invalid

Since = Annotated[
    str, Meta(max_length=40, extra_json_schema={"format": "date-time"}, description="A moment with its zone, or a date (midnight UTC).")
]
Recorded = Annotated[
    str, Meta(max_length=40, description="A revision (a number of the ledger) or a moment with its zone: as the record stood then.")
]

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?")
_REVISION = re.compile(r"0|[1-9][0-9]{0,17}")


def moment(value: str, pointer: str, code: str = "not_a_moment") -> str:
    """A moment or date in the ledger's form. Raises Invalid with `code`."""
    if not _MOMENT.fullmatch(value):
        raise invalid(pointer, code)
    try:
        parsed = dt.datetime.fromisoformat(value)
        return moment_text(parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC))
    except (ValueError, OverflowError) as error:
        raise invalid(pointer, code) from error


def revision_or_moment(value: str, pointer: str) -> int | str:
    """A revision number, or a moment in the ledger's form. Raises Invalid."""
    if _REVISION.fullmatch(value):
        return int(value)
    return moment(value, pointer, "not_a_revision")
