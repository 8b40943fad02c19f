"""What can be asked of a report."""

import datetime as dt
import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from app.domain.intake import Code, Symbol
from app.domain.moments import Recorded
from app.i18n import Lang


class ReportLang(enum.StrEnum):
    ZH = "zh"
    EN = "en"
    BOTH = "zh,en"

    @property
    def langs(self) -> tuple[Lang, ...]:
        return tuple(Lang(code) for code in self.value.split(","))


class Layout(enum.StrEnum):
    """How a report in both languages sets its paragraphs."""

    COLUMNS = "columns"
    INTERLEAVED = "interleaved"


class Gate(enum.StrEnum):
    """What happens to text that is missing in a language, unchecked or stale."""

    MARK = "mark"
    REFUSE = "refuse"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is about. `as_of` moves statuses and confirmations, `as_recorded` everything; without them nothing is cut off."""

    document: Annotated[list[Symbol], Meta(max_length=50)] = []
    event: Code | None = None
    since: dt.date | None = None
    as_of: dt.date | None = None
    as_recorded: Recorded | None = None
    gate: Gate = Gate.MARK


class ReportQuery(Content, frozen=True, kw_only=True):
    """What a report is about, and how it is set."""

    lang: ReportLang = ReportLang.BOTH
    layout: Layout = Layout.COLUMNS
