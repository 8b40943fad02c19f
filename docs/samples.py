"""Make the two sample reports from the Hainan Initiative with made-up progress: the same bytes every time. Run by `make samples`."""

import datetime as dt
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from app.actors import system_actor
from app.codes import Contribution
from app.db import Database
from app.db.backends import open_backend
from app.db.migrate import migrate
from app.domain.action_commands import ActionFields, NewLink, create_action, find_action, link_action
from app.domain.commitments import find_commitment
from app.domain.confirmations import NewConfirmation, confirm
from app.domain.intake import read
from app.domain.statuses import StatusChange, record_update
from app.interchange.seed import load_seed
from app.register import REGISTER
from app.reports.build import progress_report
from app.reports.delivery import delivered
from app.reports.formats import Format
from app.reports.request import Content, Layout, ReportLang

_ACTOR = system_actor("sample")
_SOURCE = {"kind": "web", "url": "https://example.org/sample", "title": {"zh": "示例网页", "en": "Sample web page"}}
UPDATES: list[tuple[str, str, str, str, str]] = [
    ("HI-O7", "2023-06-20", "not_started", "示例：尚未开展任何工作。", "Sample: no work has begun."),
    ("HI-O6", "2023-09-12", "under_implementation", "示例：两个机构商定交换数据。", "Sample: two agencies have agreed to exchange data."),
    ("C42", "2024-02-01", "continuing", "示例：会员国继续介绍各自的方案。", "Sample: Member States continue to present their programmes."),
    ("HI-O6b", "2024-05-30", "under_implementation", "示例：第一期培训班已有40人参加。", "Sample: 40 people have taken the first training course."),
    ("R46", "2024-11-05", "under_implementation", "示例：下一期研讨会拟以现场方式举行。", "Sample: the next workshop is to be held in person."),
    ("HI-O7", "2025-03-18", "under_implementation", "示例：已与四个可能的东道方接触。", "Sample: four possible hosts have been contacted."),
    ("HI-O7b", "2025-10-02", "under_implementation", "示例：概念说明草稿已在“空间2030”议程框架内分发。",
     "Sample: a draft concept note has been circulated within the framework of the “Space2030” Agenda."),
    ("C43", "2025-11-20", "continuing", "示例：女性发言者占三分之一。", "Sample: one third of the speakers are women."),
    ("HI-O6a", "2026-04-15", "implemented", "示例：数据目录已经公布。", "Sample: the data catalogue has been published."),
    ("R46", "2026-09-01", "implemented", "示例：东道方已确认现场举行。", "Sample: the host has confirmed that the workshop will be held in person."),
]  # fmt: skip
ACTIONS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"title": {"zh": "编写第三期研讨会概念说明", "en": "Draft the concept note of the third workshop"}, "owner": "unoosa", "due_on": "2027-01-31",
      "status": "in_progress", "progress": 60}, [("HI-O7b", "implements"), ("R46", "partly_addresses")]),
    ({"title": {"zh": "邀请发展中国家航天机构参加", "en": "Invite space agencies of developing countries"}, "owner": "cnsa", "due_on": "2026-10-31",
      "status": "in_progress", "progress": 25}, [("HI-O7a", "implements"), ("C43", "partly_addresses")]),
    ({"title": {"zh": "向小组委员会报告数据交换情况", "en": "Report on the exchange of data to the Subcommittee"}, "owner": "unoosa",
      "due_on": "2027-02-15", "status": "planned"}, [("HI-O6a", "reports_on")]),
    ({"title": {"zh": "整理研讨会系列档案", "en": "Put the archive of the workshop series in order"}, "owner": "unoosa", "status": "planned"}, []),
]  # fmt: skip


def fill(db: Database, clock: list[dt.datetime]) -> None:
    """Load the Hainan Initiative and record the made-up progress, each on its day."""
    load_seed(db)
    for ref, day, status, zh, en in UPDATES:
        clock[0] = dt.datetime.fromisoformat(f"{day}T09:00:00+00:00")
        evidence = [_SOURCE] if status == "implemented" else []
        raw = {"status": status, "effective_on": day, "narrative": {"zh": zh, "en": en}, "evidence": evidence, "state": "published"}
        with db.write(_ACTOR) as session:
            record_update(session, find_commitment(session, ref), read(StatusChange, raw))
    clock[0] = dt.datetime(2026, 9, 15, 9, tzinfo=dt.UTC)
    with db.write(_ACTOR) as session:
        confirm(session, find_commitment(session, "C42"), read(NewConfirmation, {"confirmed_on": "2026-09-14"}))
    for fields, links in ACTIONS:
        with db.write(_ACTOR) as session:
            action = create_action(session, read(ActionFields, fields | {"event": "third-workshop"}))
        for ref, contribution in links:
            with db.write(_ACTOR) as session:
                link_action(session, find_action(session, action.ref), ref, NewLink(Contribution(contribution)))
    clock[0] = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)


@contextmanager
def register(url: str) -> Iterator[Database]:
    """An empty database, filled with the made-up progress; its salts are drawn so that the ledger comes out the same."""
    draw, clock = random.Random(1294), [dt.datetime(2023, 6, 1, 9, tzinfo=dt.UTC)]
    backend = open_backend(url, readers=1)
    migrate(backend)
    db = Database(backend, REGISTER, lambda: clock[0])
    with mock.patch("app.db.ledger.secrets.token_hex", lambda size: draw.randbytes(size).hex()):
        fill(db, clock)
    yield db
    db.close()


def make(target: Path) -> None:
    """Write both samples."""
    with tempfile.TemporaryDirectory() as folder, register(f"sqlite:///{Path(folder) / 'sample.db'}") as db:
        with db.read() as session:
            content = Content(event="third-workshop", since=dt.date(2025, 9, 30), as_of=dt.date(2026, 9, 30))
            report = progress_report(session, content, review_months=12)
        for name, kind in (("sample-report.pdf", Format.PDF), ("sample-report.docx", Format.DOCX)):
            (target / name).write_bytes(b"".join(delivered(report, kind, ReportLang.BOTH, Layout.COLUMNS)))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
