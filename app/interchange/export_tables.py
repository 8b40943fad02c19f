"""The register as tables of cells, for files that people open in a spreadsheet program."""

import datetime as dt
import enum
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import select

from app.db import ledger
from app.db.sessions import ReadSession
from app.domain.actions import Action, ActionFilter, action_page
from app.domain.columns import COMMITMENT, EVENT
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.commitment_list import rows_of, shaped
from app.domain.coverage import coverage
from app.domain.selection import Selection, chosen
from app.domain.shapes import Evidence
from app.domain.sight import PUBLIC_UPDATE, seen, sight
from app.domain.statuses import UPDATES, StatusUpdate
from app.domain.statuses import shaped as updates_shaped
from app.domain.vocabularies import Term, vocabularies
from app.errors import invalid
from app.formats.cells import Cell, Column, Kind, Row, Table
from app.i18n import Lang, Text
from app.interchange.columns import ABOUT, COMMITMENTS, FIELDS, SHEETS, Field

_BATCH = 500
LONGEST_LIST = 20_000
"""Characters of evidence in one cell; what is more is counted and not shown."""


class TableName(enum.StrEnum):
    """What a CSV file holds."""

    COMMITMENTS = "commitments"
    STATUS_UPDATES = "status_updates"
    ACTIONS = "actions"
    COVERAGE = "coverage"


class Langs(enum.StrEnum):
    """Whose texts stand in the columns: one language's, or both."""

    ZH = "zh"
    EN = "en"
    BOTH = "zh,en"

    @property
    def each(self) -> tuple[Lang, ...]:
        return tuple(Lang(code) for code in self.value.split(","))


class BookQuery(Selection, frozen=True, kw_only=True):
    """Which commitments, and in which languages."""

    lang: Langs = Langs.BOTH


class TableQuery(BookQuery, frozen=True, kw_only=True):
    """Which table; coverage is that of the events that are named."""

    table: Annotated[TableName, Meta(description="What the rows are.")] = TableName.COMMITMENTS


class Tables:
    """The tables of one export: what the actor of the session may see, read as the rows are asked for."""

    def __init__(self, session: ReadSession, query: BookQuery, *, review_months: int, head: ledger.Head | None = None) -> None:
        self.session, self.query, self.months = session, query, review_months
        self.head = head or ledger.head(session.connection)
        self.langs = query.lang.each

    def one(self, name: str, *, names_only: bool) -> Table:
        """A table; `names_only` for a file that programs read: the headings are the names of the columns."""
        fields = [field for field in FIELDS[name] if field.lang is None or field.lang in self.langs]
        columns = [Column(field.name if names_only else field.heading(self.langs), field.kind) for field in fields]
        titles = " ".join(title for lang, title in zip(Lang, SHEETS[name], strict=True) if lang in self.langs)
        return Table(name if names_only else titles, columns, _picked(_ROWS[name](self), fields))

    def book(self) -> Iterator[Table]:
        """All tables, and one that explains them."""
        yield self._about()
        for name in FIELDS:
            yield self.one(name, names_only=False)

    def commitments(self) -> Iterator[dict[str, Cell]]:
        for rows in rows_of(self.session, self.query, self.months):
            for row in rows:
                yield _commitment(shaped(row, self.months))

    def status_updates(self) -> Iterator[dict[str, Cell]]:
        keys, params = chosen(self.session, self.query, self.months)
        wanted = UPDATES if keys is None else UPDATES.where(_U.commitment_id.in_(keys))
        actor = self.session.actor
        wanted = wanted.where(seen(sight(actor), PUBLIC_UPDATE, _U.organization_id, actor.organization))
        if self.query.as_of is not None:
            wanted = wanted.where(_U.effective_on <= self.query.as_of)
        ordered = wanted.order_by(COMMITMENT.order_key, _U.number).execution_options(yield_per=_BATCH)
        for rows in self.session.connection.execute(ordered, params).partitions(_BATCH):
            yield from map(_update, updates_shaped(self.session, rows))

    def actions(self) -> Iterator[dict[str, Cell]]:
        """All actions, or those that are linked to a chosen commitment."""
        keys, params = chosen(self.session, self.query, self.months)
        refs = (
            None if keys is None else {row[0] for row in self.session.rows(select(COMMITMENT.ref).where(COMMITMENT.id.in_(keys)), **params)}
        )
        filters: ActionFilter | None = ActionFilter(limit=200)
        while filters is not None:
            page = action_page(self.session, filters)
            for action in page.items:
                if refs is None or any(link.ref in refs for link in action.commitments):
                    yield _action(action)
            filters = ActionFilter(limit=200, cursor=page.next) if page.next else None

    def coverage(self) -> Iterator[dict[str, Cell]]:
        """The links of the events that are named, or of all, and what is left over on both sides."""
        events = self.query.event or [row[0] for row in self.session.rows(select(EVENT.code).order_by(EVENT.series, EVENT.ordinal))]
        for event in events:
            if not self.session.value(select(EVENT.id).where(EVENT.code == event)):
                raise invalid("?event", "unknown_reference", entity="event", ref=event)
            yield from _covered(self.session, event, self.query.document)

    def _about(self) -> Table:
        """Where the workbook comes from, and what every column holds, in both languages."""
        head = self.head
        day = self.query.as_of or self.session.now.date()
        chinese = "英文案文为非正式工作译文，另有标明者除外"
        english = "The English text is an unofficial working translation unless marked otherwise"
        rows: list[Row] = [
            ["数据版本号 / Revision", f"{head.seq} ({head.hash[:16]})", None, None, None, None],
            ["日期 / Date", day, None, None, None, None],
            ["所记时点 / As recorded", self.query.as_recorded, None, None, None, None],
            ["译文 / Translation", chinese, english, None, None, None],
        ]
        for name, fields in FIELDS.items():
            rows += [[f"{SHEETS[name][0]} / {SHEETS[name][1]}", f.name, f.zh, f.en, f.about_zh or None, f.about_en or None] for f in fields]
        headings = ("工作表 / Sheet", "列名 / Name", "中文标题 / Chinese heading", "英文标题 / English heading", "说明", "Explanation")
        return Table(ABOUT, [Column(heading, Kind.TEXT) for heading in headings], rows)


_ROWS: dict[str, Callable[[Tables], Iterable[dict[str, Cell]]]] = {
    "commitments": Tables.commitments,
    "status_updates": Tables.status_updates,
    "actions": Tables.actions,
    "coverage": Tables.coverage,
}


def _picked(rows: Iterable[dict[str, Cell]], fields: Sequence[Field]) -> Iterator[Row]:
    names = [field.name for field in fields]
    for row in rows:
        yield [row[name] for name in names]


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


@functools.cache
def _labels(kind: str) -> dict[str, Text]:
    terms: Sequence[Term] = getattr(vocabularies(), kind)
    return {term.code: term.label for term in terms}


def _status(code: str, kind: str = "statuses") -> dict[str, Cell]:
    label = _labels(kind)[code]
    return {"status": str(code), "status_zh": label.zh, "status_en": label.en}


def _pairs(record: Any, *names: str) -> dict[str, Cell]:
    return {f"{name}_{lang}": getattr(getattr(record, name), lang) for name in names for lang in Lang}


def _based(name: str, basis: str) -> str:
    return name if basis == "explicit" else f"{name} (inferred)"


def _commitment(one: Any) -> dict[str, Cell]:
    plain = {field.name: getattr(one, field.name) for field in COMMITMENTS if field.name in _PLAIN}
    days = {name: _day(getattr(one, name)) for name in ("status_effective_on", "last_confirmed_on", "review_due_on", "target_on")}
    return (
        plain
        | days
        | _pairs(one, "citation", "lead_verb", "text")
        | _status(one.status)
        | {"authority_zh": one.languages.zh.authority, "authority_en": one.languages.en.authority}
        | {
            "responsible": "; ".join(one.responsible) or None,
            "addressees": "; ".join(_based(a.code, a.basis) for a in one.addressees) or None,
            "frameworks": "; ".join(_based(f"{t.framework}:{t.code}", t.basis) for t in one.frameworks) or None,
        }
    )


_PLAIN = {
    "ref", "document", "level", "parent", "position", "kind", "tracking", "label", "translation", "action_count", "part_count", "version",
    "updated_at",
}  # fmt: skip


def _update(one: StatusUpdate) -> dict[str, Cell]:
    return {
        "ref": one.ref,
        "commitment": one.commitment,
        **_status(one.status),
        "effective_on": _day(one.effective_on),
        **_pairs(one, "narrative"),
        "evidence": _evidence(one.evidence),
        "state": one.state,
        "corrects": one.corrects,
        "corrected_by": one.corrected_by,
        "published_no": one.published_no,
        "organization": one.recorded_by.organization,
        "recorded_at": one.recorded_at,
        "published_at": one.published_at,
        "version": one.version,
    }


def _evidence(evidence: Sequence[Evidence]) -> str | None:
    """A line for each piece; those that would make the cell too long are counted."""
    lines: list[str] = []
    for number, proof in enumerate(evidence):
        title = " / ".join(text for text in (proof.title.zh, proof.title.en) if text)
        line = "; ".join(part for part in (proof.symbol, proof.paragraph, title, proof.url, proof.date and proof.date.isoformat()) if part)
        if sum(map(len, lines)) + len(line) > LONGEST_LIST:
            return "\n".join([*lines, f"… (+{len(evidence) - number})"])
        lines.append(line)
    return "\n".join(lines) or None


def _action(one: Action) -> dict[str, Cell]:
    return {
        "ref": one.ref,
        **_pairs(one, "title", "description"),
        "event": one.event,
        "owner": one.owner,
        "partners": "; ".join(one.partners) or None,
        "due_on": _day(one.due_on),
        **_status(one.status, "action_states"),
        "priority": one.priority,
        "progress": one.progress,
        "commitments": _cut([f"{link.ref} ({link.contribution})" for link in one.commitments]),
        "version": one.version,
        "updated_at": one.updated_at,
    }


def cells_of(entity: str, record: Any) -> dict[str, Cell]:
    """The row of one record."""
    found: dict[str, Cell] = {"commitment": _commitment, "status_update": _update, "action": _action}[entity](record)
    return found


def _cut(items: list[str]) -> str | None:
    """A list in one cell; what would make it too long is counted."""
    text = "; ".join(items)
    if len(text) <= LONGEST_LIST:
        return text or None
    kept = text[:LONGEST_LIST].rpartition("; ")[0]
    return f"{kept}; … (+{len(items) - kept.count('; ') - 1})"


def _covered(session: ReadSession, event: str, documents: list[str]) -> Iterator[dict[str, Cell]]:
    found = coverage(session, event, documents)
    titles = {action.ref: action.title for action in found.actions}
    blank: dict[str, Cell] = {field.name: None for field in FIELDS["coverage"]}
    orphans = set(found.orphan_commitments)
    for row in found.rows:
        own = blank | {"event": event, "commitment": row.ref} | _status(row.status)
        for cell in row.cells:
            title = titles[cell.action]
            yield own | {"action": cell.action, "title_zh": title.zh, "title_en": title.en, "contribution": cell.contribution}
        if not row.cells:
            yield own | {"orphan": "commitment" if row.ref in orphans else None}
    for ref in found.orphan_actions:
        yield blank | {"event": event, "action": ref, "title_zh": titles[ref].zh, "title_en": titles[ref].en, "orphan": "action"}


def checked(query: TableQuery) -> TableQuery:
    """The query, whose table of coverage names its events. Raises Invalid."""
    if query.table is TableName.COVERAGE and not query.event:
        raise invalid("?event", "required")
    return query
