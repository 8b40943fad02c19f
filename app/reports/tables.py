"""The figures and tables of a report, as blocks; a figure is followed by the table with its numbers.

Numbers stand at the right of a column, so those of a single column come last: what is to the right of them would touch them.
"""

from collections.abc import Iterable, Sequence

from app.codes import CommitmentKind, Status, Tracking, TranslationState
from app.domain.coverage import CoverageRow
from app.domain.progress import AGES, Standing
from app.errors import N_
from app.i18n import Lang, Text
from app.record_words import field_name
from app.reports.blocks import NOTHING, Column, Figure, Kind, Series, Table, Value, date, named, number, printed, ref, share, status, words
from app.reports.model import Difference, Report, ReportAction, TextState
from app.reports.passages import action_anchor, anchor
from app.reports.wording import count, label, labels, listed, on, said, same

CURRENT, UNCHECKED = TranslationState.CURRENT, TranslationState.UNCHECKED
_MOST_COLUMNS = 6
_MOST_OPEN = 500
_AGES = {
    "up_to_6_months": N_("Up to 6 months"),
    "7_to_12_months": N_("7 to 12 months"),
    "13_to_24_months": N_("13 to 24 months"),
    "over_24_months": N_("More than 24 months"),
    "never": N_("Never"),
}
_ENTITIES = {"commitment": N_("Commitment"), "status_update": N_("Status update"), "action": N_("Action")}


def _status_column() -> Column:
    return Column(said(N_("Status")), 5)


def _numbers(text: Text, width: int = 3) -> Column:
    return Column(text, width, numeric=True)


def standing_figure(report: Report) -> Figure:
    """The commitments of each kind by status."""
    kinds = {kind: report.numbers.by_kind[kind] for kind in CommitmentKind}
    names = [label("kinds", kind) for kind in kinds]
    series = [_series(code, [standing.by_status[code] for standing in kinds.values()]) for code in _found(kinds.values())]
    title = said(N_("Commitments by kind and status"))
    return Figure("f-standing", title, _described(names, series), False, names, series)


def timeline_figure(report: Report) -> Figure:
    """The operational commitments by status over time."""
    names = [on(point.on) for point in report.timeline]
    codes = [code for code in Status if any(point.by_status[code] for point in report.timeline)]
    series = [_series(code, [point.by_status[code] for point in report.timeline]) for code in codes]
    title = said(N_("Operational commitments by status over time"))
    return Figure("f-timeline", title, _described(names, series), True, [point.on for point in report.timeline], series)


def _found(standings: Iterable[Standing]) -> list[Status]:
    return [code for code in Status if any(standing.by_status[code] for standing in standings)]


def _series(code: Status, values: list[int]) -> Series:
    return Series(code.value, label("statuses", code), values)


def _described(names: Sequence[Text], series: Sequence[Series]) -> Text:
    """The numbers of a figure in words, for whoever does not see it."""
    groups = []
    for position, category in enumerate(names):
        shares = [said(N_("{label} {n}"), label=one.label, n=one.values[position]) for one in series if one.values[position]]
        groups.append(said(N_("{category}: {shares}"), category=category, shares=listed(shares) if shares else count(0)))
    return Text(zh="；".join(one.zh or "" for one in groups) + "。", en="; ".join(one.en or "" for one in groups) + ".")


def by_kind(report: Report) -> Table:
    kinds = [report.numbers.by_kind[kind] for kind in CommitmentKind]
    columns = [_status_column(), *(_numbers(label("kinds", kind)) for kind in CommitmentKind), _numbers(said(N_("Total")), 2)]
    rows = [[status(code), *(number(one.by_status[code]) for one in kinds), _sum(one.by_status[code] for one in kinds)] for code in Status]
    rows.append([words(said(N_("Total"))), *(number(one.total) for one in kinds), _sum(one.total for one in kinds)])
    return Table("t-kinds", said(N_("Commitments by status and kind")), columns, rows, total=True)


def _sum(numbers: Iterable[int]) -> Value:
    return number(sum(numbers))


def by_tracking(report: Report) -> Table:
    numbers = report.numbers
    groups = [numbers.operational, numbers.declaratory, numbers.parts]
    names = [*(label("tracking", code) for code in Tracking), said(N_("Parts"))]
    rows = [[status(code), *(number(one.by_status[code]) for one in groups)] for code in Status]
    rows.append([words(said(N_("Total"))), *(number(one.total) for one in groups)])
    caption = said(N_("Commitments by status and tracking; parts apart"))
    return Table("t-tracking", caption, [_status_column(), *(_numbers(one) for one in names)], rows, total=True)


def over_time(report: Report) -> Table:
    codes = [code for code in Status if any(point.by_status[code] for point in report.timeline)]
    columns = [Column(said(N_("As at")), 5), *(_numbers(label("statuses", code)) for code in codes)]
    rows = [[date(point.on), *(number(point.by_status[code]) for code in codes)] for point in report.timeline]
    return Table("t-timeline", said(N_("Operational commitments by status over time, in numbers")), columns, rows)


def changes(found: Difference) -> Table:
    columns = [
        Column(said(N_("Commitment")), 2),
        Column(said(N_("Effective")), 3),
        Column(said(N_("Before")), 4),
        Column(said(N_("After")), 4),
    ]
    rows = [[_to(one.commitment), date(one.effective_on), status(one.before), status(one.after)] for one in found.updates]
    return Table("t-changes", said(N_("Updates of a status")), columns, rows)


def confirmations(found: Difference) -> Table:
    columns = [Column(said(N_("Commitment")), 1), Column(said(N_("Confirmed")), 3)]
    rows = [[_to(one.commitment), date(one.confirmed_on)] for one in found.confirmations]
    return Table("t-confirmations", said(N_("Confirmations")), columns, rows)


def _to(commitment: str) -> Value:
    return ref(commitment, anchor(commitment))


def matrix(report: Report) -> Table:
    """Commitments against the actions of the event: one column for each action, or one list where there are many."""
    found = report.coverage
    assert found is not None  # noqa: S101  # the caller asked
    operational = {one.ref for one in report.commitments if one.tracking == Tracking.OPERATIONAL}
    rows = [row for row in found.rows if row.cells or row.ref in operational]
    names = [action.ref for action in found.actions]
    head = [Column(said(N_("Commitment")), 2), _status_column()]
    caption = said(N_("Which action of the event serves which commitment"))
    if len(names) > _MOST_COLUMNS:
        return Table("t-coverage", caption, [*head, Column(said(N_("Actions")), 6)], [[*_row(row), _cells(row)] for row in rows])
    columns = [*head, *(Column(same(one), 2) for one in names)]
    return Table("t-coverage", caption, columns, [[*_row(row), *(_cell(row, one) for one in names)] for row in rows])


def _row(row: CoverageRow) -> list[Value]:
    return [_to(row.ref), status(row.status)]


def _cell(row: CoverageRow, action: str) -> Value:
    return next((words(label("contributions", cell.contribution)) for cell in row.cells if cell.action == action), NOTHING)


def _cells(row: CoverageRow) -> Value:
    served = [
        said(N_("{ref} ({contribution})"), ref=cell.action, contribution=label("contributions", cell.contribution)) for cell in row.cells
    ]
    return words(listed(served)) if served else NOTHING


def actions(report: Report) -> Table:
    columns = [
        Column(said(N_("Action")), 2), Column(said(N_("Title")), 6), Column(said(N_("Owner")), 4), Column(said(N_("Due")), 5),
        Column(said(N_("Status")), 3), Column(said(N_("Serves")), 4), _numbers(said(N_("Progress"))),
    ]  # fmt: skip
    return Table("t-actions", said(N_("Follow-up actions")), columns, [_action(one) for one in report.actions])


def _action(one: ReportAction) -> list[Value]:
    title, serves = printed(one.title, Kind.NAME), [same(serving.ref) for serving in one.commitments]
    state = label("action_states", one.status)
    state = said(N_("{state}, overdue"), state=state) if one.overdue else state
    return [
        ref(one.ref, anchor=action_anchor(one.ref)), title, named(one.owner), date(one.due_on), words(state),
        words(listed(serves)) if serves else NOTHING, share(one.progress),
    ]  # fmt: skip


def ages(report: Report) -> Table:
    rows = [[words(said(_AGES[age])), number(report.numbers.ageing.by_age[age])] for age in AGES]
    columns = [Column(said(N_("Last confirmed")), 4), _numbers(said(N_("Operational commitments")), 3)]
    return Table("t-ages", said(N_("How long ago the operational commitments were confirmed")), columns, rows)


def freshness(report: Report) -> Table:
    columns = [
        Column(said(N_("Commitment")), 2), Column(said(N_("Last confirmed")), 4), Column(said(N_("Review due")), 4),
        Column(said(N_("Review")), 3), _numbers(said(N_("Months without confirmation")), 3),
    ]  # fmt: skip
    rows = [
        [
            _to(one.ref), date(one.last_confirmed_on), date(one.review_due_on),
            words(said(N_("overdue"))) if one.overdue else words(said(N_("not due yet"))),
            NOTHING if one.months is None else number(one.months),
        ]
        for one in report.freshness
    ]  # fmt: skip
    return Table("t-freshness", said(N_("Operational commitments, the longest unconfirmed first")), columns, rows)


def translations(report: Report) -> Table:
    columns = [Column(said(N_("Both languages")), 4), _numbers(said(N_("Texts")))]
    rows = [[words(text), number(report.translations.by_state[code])] for code, text in labels("translation_states").items()]
    return Table("t-translations", said(N_("Whether both languages of the printed texts say the same")), columns, rows)


def open_texts(report: Report) -> Table:
    """The texts that are missing in a language or stale; unchecked ones are marked where they stand."""
    columns = [
        Column(said(N_("Record")), 3),
        Column(said(N_("Kind of record")), 3),
        Column(said(N_("Field")), 4),
        Column(said(N_("State")), 3),
    ]
    found = [one for one in report.translations.texts if one.translation != UNCHECKED]
    return Table("t-texts", said(N_("Texts that are missing in a language or stale")), columns, [_open(one) for one in found[:_MOST_OPEN]])


def _open(one: TextState) -> list[Value]:
    kind, state = said(_ENTITIES[one.entity]), label("translation_states", one.translation)
    field = Text(*(field_name(lang, one.field) for lang in (Lang.ZH, Lang.EN)))
    return [ref(one.ref), words(kind), words(field), words(state)]
