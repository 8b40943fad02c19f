"""What follows from the dated updates of a dossier: the timeline, what changed behind a day, and how fresh the confirmations are."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

from app.codes import Level, Status, Tracking
from app.domain.commitment_list import Commitment
from app.domain.dossier import Dossier
from app.domain.statuses import StatusUpdate
from app.reports.model import Confirmed, Difference, Freshness, ReportChange, TimelinePoint

_STEPS = (1, 3, 6, 12, 24, 60, 120, 600)
_MOST_POINTS = 9


def status_on(updates: Sequence[StatusUpdate], day: str) -> Status:
    """The status on a day, from updates that are newest first."""
    return next((update.status for update in updates if update.effective_on <= day), Status.NOT_ASSESSED)


def timeline(made_from: Dossier, adopted: Sequence[str], as_of: str) -> list[TimelinePoint]:
    """The operational commitments at the ends of equal periods from the first adoption or update on, and on the day itself."""
    counted = [one for one in made_from.commitments if one.tracking == Tracking.OPERATIONAL and one.level == Level.COMMITMENT]
    began = [*adopted, *(updates[-1].effective_on for updates in made_from.updates.values())]
    if not counted or not began or min(began) >= as_of:
        return []
    histories = [made_from.updates.get(one.ref, []) for one in counted]
    return [_point(histories, day) for day in _period_ends(min(began), as_of)]


def _point(histories: Sequence[Sequence[StatusUpdate]], day: str) -> TimelinePoint:
    found = Counter(status_on(updates, day) for updates in histories)
    return TimelinePoint(day, {status.value: found[status] for status in Status})


def _period_ends(first: str, last: str) -> list[str]:
    """The ends of months, quarters, half-years or years from a day on, as many as a chart can show, and the last day."""
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    for step in _STEPS:
        days = list(_ends(start, end, step))
        if len(days) < _MOST_POINTS:
            break
    return [*days, last]


def _ends(start: dt.date, end: dt.date, step: int) -> Iterator[str]:
    month = (start.year * 12 + start.month - 1) // step * step + step
    while (day := dt.date(month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)) < end:
        yield day.isoformat()
        month += step


def difference(made_from: Dossier, since: str) -> Difference:
    """The counted updates and confirmations behind a day."""
    changes = [change for one in made_from.commitments for change in _changes(made_from.updates.get(one.ref, []), since)]
    confirmed = [Confirmed(one.ref, day) for one in made_from.commitments for day in made_from.confirmed.get(one.ref, ()) if day > since]
    return Difference(changes, confirmed)


def _changes(updates: Sequence[StatusUpdate], since: str) -> Iterator[ReportChange]:
    before = Status.NOT_ASSESSED
    for update in reversed(updates):
        if update.effective_on > since:
            yield ReportChange(update.ref, update.commitment, update.effective_on, before, update.status)
        before = update.status


def freshness(commitments: Sequence[Commitment], adopted: dict[str, str | None], as_of: str) -> list[Freshness]:
    """The operational commitments that can be overdue, the longest unconfirmed first."""
    found = []
    for one in commitments:
        if one.review_due_on is not None and one.level == Level.COMMITMENT:
            months = months_between(one.last_confirmed_on or adopted[one.document], as_of)
            found.append(Freshness(one.ref, one.last_confirmed_on, months, one.review_due_on, one.review_due_on < as_of))
    return sorted(found, key=lambda one: -(one.months or 0))


def months_between(first: str | None, last: str) -> int | None:
    """Whole months from one day to another; 0 where the first comes later."""
    if first is None:
        return None
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return max(0, (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day))
