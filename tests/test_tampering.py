"""Whoever alters the past by direct SQL is found, and the entry that shows it is named (T20); readers find the same (T23).

Each tampering is done to a fresh copy of a filled database with the triggers away, and the triggers put back exactly as they were.
Three things cannot be found from the database alone and need a checkpoint kept elsewhere: a tail cut from the ledger together with the
tables rewound to fit, a whole history rewritten so that it fits the tables, and an old copy put back.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from app import cli
from app.actors import ANONYMOUS, Actor, system_actor
from app.db import Database
from app.db.backends import open_backend
from app.domain.history import FeedFilter, feed
from app.domain.verify import Fault, Verdict, verify
from app.register import REGISTER
from tests import verifier
from tests.engines import PostgresTemplate, SQLiteTemplate
from tests.service import Service, running

MIRROR = system_actor("mirror")
FIELDS = (*verifier.FIELDS, "body", "hash")
NARRATIVE = {"zh": "第三期研讨会的筹备工作已经开始。", "en": "Work on the café of the third workshop has begun."}
Row = dict[str, Any]


def fill(service: Service) -> None:
    """Everything the register can record: updates, a draft, a correction, a confirmation, actions, links, a part, deletions."""

    def done(response: Any, status: int = 201) -> Any:
        assert response.status_code == status, response.text
        service.clock.forward(minutes=1)
        return response

    whole = "/commitments/HI-O7b"
    service.publish("HI-O7b", narrative=NARRATIVE)
    service.clock.forward(minutes=1)
    draft = {"status": "not_started", "effective_on": "2026-11-02", "narrative": {"en": "Only a draft."}}
    done(service.post(f"{whole}/status-updates", draft, role="contributor", tag=service.tag(whole)))
    proof = [{"kind": "document", "symbol": "A/AC.105/1294", "paragraph": "46", "title": {"zh": "报告"}}]
    service.publish("HI-O7b", "implemented", "2026-11-03", evidence=proof, corrects="HI-O7b.1")
    done(service.post(f"{whole}/confirmations", {"confirmed_on": "2026-11-20"}, role="editor", tag=service.tag(whole)))
    milestones = [{"title": {"en": "First draft"}, "due_on": "2026-12-31"}]
    service.action(partners=["cnsa"], milestones=milestones, description={"zh": "说明"})
    service.action()
    done(service.post("/actions/A1/notes", {"on": "2026-11-20", "text": {"zh": "已与主办方联系。"}}, role="editor"))
    new = {"document": "A/AC.105/1294", "kind": "operative", "position": 90, "tracking": "operational", "text": {"en": "Share, and care."}}
    done(service.post("/commitments", {"ref": "T-1", **new, "responsible": ["unoosa", "cnsa"]}, role="editor"))
    done(service.post("/commitments", {"ref": "T-1a", "parent": "T-1", "position": 1, "text": {"en": "Share"}}, role="editor"))
    service.link("A1", "HI-O7b")
    service.link("A1", "T-1", "reports_on")
    done(service.delete("/actions/A1/commitments/T-1", role="editor", tag=service.tag("/actions/A1")), 200)
    patch = {"label": "first", "addressees": [{"code": "unoosa", "basis": "explicit"}]}
    done(service.patch("/commitments/T-1", patch, role="editor", tag=service.tag("/commitments/T-1")), 200)
    done(service.patch("/events/third-workshop", {"status": "planned"}, role="editor", tag=service.tag("/events/third-workshop")), 200)
    done(service.delete("/actions/A2", role="editor", tag=service.tag("/actions/A2")), 204)


class Knife:
    """Direct SQL on a copy whose ledger has lost its triggers."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def sql(self, statement: str, **params: Any) -> list[Row]:
        result = self.connection.execute(text(statement), params)
        return [dict(row) for row in result.mappings()] if result.returns_rows else []

    def rows(self) -> list[Row]:
        return self.sql("SELECT * FROM change ORDER BY seq")

    def entry(self, entity: str, ref: str, nth: int = -1) -> Row:
        """An entry of a record: the last one, or the one that is asked for."""
        return self.sql("SELECT * FROM change WHERE entity = :entity AND ref = :ref ORDER BY seq", entity=entity, ref=ref)[nth]

    def set(self, seq: int, **values: Any) -> None:
        assigned = ", ".join(f"{name} = :{name}" for name in values)
        self.sql(f"UPDATE change SET {assigned} WHERE seq = :number", number=seq, **values)

    def insert(self, rows: list[Row]) -> None:
        names = ", ".join(f'"{name}"' for name in FIELDS)
        values = ", ".join(f":{name}" for name in FIELDS)
        for row in rows:
            self.sql(f"INSERT INTO change ({names}) VALUES ({values})", **row)

    def put(self, rows: list[Row]) -> None:
        """Make these the whole ledger."""
        self.sql("DELETE FROM change")
        self.insert(rows)

    def rechained(self, rows: list[Row]) -> None:
        """Make these the whole ledger, with every hash recomputed by somebody who knows how."""
        previous = verifier.GENESIS
        for row in rows:
            row["prev_hash"], row["body_sha256"] = previous, hashlib.sha256(row["body"].encode()).hexdigest()
            row["hash"] = previous = verifier.entry_hash(row)
        self.put(rows)

    def rewrite(self, seq: int, **values: Any) -> int:
        """Change one entry and recompute the chain from there on."""
        rows = self.rows()
        rows[seq - 1].update(values)
        self.rechained(rows)
        return seq

    def rewrite_body(self, entry: Row, change: Callable[[Row], Any]) -> int:
        """The same with one value inside its body."""
        body = json.loads(entry["body"])
        change(body)
        return self.rewrite(entry["seq"], body=_compact(body))

    def add(self, entity: str, ref: str, record: Row | None, after: int | None = None) -> int:
        """Insert an entry behind another one (or at the end), as a transaction of its own, with the chain recomputed."""
        rows = self.rows()
        after = after or len(rows)
        body = _compact({"v": 1, "record": record, "reason": None, "salt": "0" * 32})
        last = rows[after - 1]
        new = last | {"tx": last["tx"] + 1, "at": last["at"][:-2] + "9Z", "action": "forged:entry"}
        new |= {"entity": entity, "ref": ref, "body": body}
        behind = [row | {"tx": row["tx"] + 1} for row in rows[after:]]
        self.rechained([row | {"seq": seq} for seq, row in enumerate([*rows[:after], new, *behind], 1)])
        return after + 1


def _compact(value: Any) -> str:
    """Canonical but for what the test wants to smuggle in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@contextmanager
def knife(url: str) -> Iterator[Knife]:
    """Triggers away, then back exactly as they were found."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all() if on_sqlite else []
        for name, _ in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        if not on_sqlite:
            connection.execute(text("ALTER TABLE change DISABLE TRIGGER ALL"))
        yield Knife(connection)
        for _, statement in triggers:
            connection.exec_driver_sql(statement)
        if not on_sqlite:
            connection.execute(text("ALTER TABLE change ENABLE ALWAYS TRIGGER change_no_edit"))
            connection.execute(text("ALTER TABLE change ENABLE ALWAYS TRIGGER change_no_truncate"))
    engine.dispose()


class Tampering(NamedTuple):
    """What is done; it returns the seq that must be named, 0 where no entry shows it. `feed`: readers of the feed see it too."""

    done: Callable[[Knife], int]
    feed: bool
    both: bool


TAMPERINGS: dict[str, Tampering] = {}


def tampering(*, feed: bool, both: bool = False) -> Callable[[Callable[[Knife], int]], Callable[[Knife], int]]:
    def add(function: Callable[[Knife], int]) -> Callable[[Knife], int]:
        TAMPERINGS[function.__name__] = Tampering(function, feed, both)
        return function

    return add


# One entry altered, its chain left alone


@tampering(feed=True, both=True)
def a_body(k: Knife) -> int:
    entry = k.entry("status_update", "HI-O7b.1", 0)
    k.set(entry["seq"], body=entry["body"].replace("under_implementation", "implemented"))
    return int(entry["seq"])


@tampering(feed=True)
def a_body_and_its_hash(k: Knife) -> int:
    entry = k.entry("status_update", "HI-O7b.1", 0)
    body = entry["body"].replace("under_implementation", "implemented")
    k.set(entry["seq"], body=body, body_sha256=hashlib.sha256(body.encode()).hexdigest())
    return int(entry["seq"])


@tampering(feed=True, both=True)
def a_hash(k: Knife) -> int:
    k.set(40, hash="f" * 64)
    return 40


@tampering(feed=True)
def the_last_hash(k: Knife) -> int:
    last = len(k.rows())
    k.set(last, hash="f" * 64)
    return last


@tampering(feed=True, both=True)
def an_actor(k: Knife) -> int:
    k.set(50, actor="u-0000000000000000")
    return 50


@tampering(feed=True)
def an_action(k: Knife) -> int:
    k.set(50, action="status_update:publish")
    return 50


@tampering(feed=True, both=True)
def a_time(k: Knife) -> int:
    k.set(50, at="2020-01-01T00:00:00.000000Z")
    return 50


@tampering(feed=True)
def a_ref(k: Knife) -> int:
    entry = k.entry("status_update", "HI-O7b.2")
    k.set(entry["seq"], ref="HI-O7b.3")
    return int(entry["seq"])


# Entries moved, removed, added


@tampering(feed=True, both=True)
def the_order_of_two(k: Knife) -> int:
    rows = k.rows()
    rows[59]["seq"], rows[60]["seq"] = 61, 60
    k.put(rows)
    return 60


@tampering(feed=True)
def the_bodies_of_two(k: Knife) -> int:
    rows = k.rows()
    for name in ("body", "body_sha256"):
        rows[59][name], rows[69][name] = rows[69][name], rows[59][name]
    k.put(rows)
    return 60


@tampering(feed=True)
def two_whole_rows_but_their_seq(k: Knife) -> int:
    rows = k.rows()
    rows[59], rows[69] = rows[69] | {"seq": 60}, rows[59] | {"seq": 70}
    k.put(rows)
    return 60


@tampering(feed=True)
def the_first_deleted(k: Knife) -> int:
    k.sql("DELETE FROM change WHERE seq = 1")
    return 2


@tampering(feed=True, both=True)
def one_in_the_middle_deleted(k: Knife) -> int:
    k.sql("DELETE FROM change WHERE seq = 60")
    return 61


@tampering(feed=True)
def one_in_the_middle_deleted_and_the_rest_moved_up(k: Knife) -> int:
    rows = k.rows()
    k.put([row | {"seq": seq} for seq, row in enumerate([*rows[:59], *rows[60:]], 1)])
    return 60


@tampering(feed=False, both=True)
def the_last_deleted(k: Knife) -> int:
    """The removal of A2 is forgotten: then A2 should still be there."""
    k.sql("DELETE FROM change WHERE seq = (SELECT max(seq) FROM change)")
    return int(k.entry("action", "A2")["seq"])


@tampering(feed=False)
def a_tail_deleted(k: Knife) -> int:
    """Back to before the first update: the earliest record in the order of the tables that is now ahead of its ledger is named."""
    first = k.entry("status_update", "HI-O7b.1", 0)["tx"]
    k.sql("DELETE FROM change WHERE tx >= :first", first=first)
    return int(k.entry("event", "third-workshop")["seq"])


@tampering(feed=False)
def everything_deleted(k: Knife) -> int:
    k.sql("DELETE FROM change")
    return 0


@tampering(feed=False, both=True)
def one_deleted_with_a_recomputed_chain(k: Knife) -> int:
    """The confirmation never happened; the transaction it was in recorded its commitment as well, which stays."""
    entry = k.sql("SELECT * FROM change WHERE entity = 'confirmation'")[0]
    rows = [row for row in k.rows() if row["seq"] != entry["seq"]]
    k.rechained([row | {"seq": seq} for seq, row in enumerate(rows, 1)])
    return 0


@tampering(feed=False)
def a_duplicate_of_an_earlier_state(k: Knife) -> int:
    entry = k.entry("commitment", "T-1", 0)
    return k.add("commitment", "T-1", json.loads(entry["body"])["record"])


@tampering(feed=True)
def a_duplicate_that_is_not_chained(k: Knife) -> int:
    last = k.rows()[-1]
    k.insert([last | {"seq": last["seq"] + 1, "prev_hash": "e" * 64, "hash": "f" * 64}])
    return int(last["seq"]) + 1


@tampering(feed=False, both=True)
def an_insertion_with_a_recomputed_chain(k: Knife) -> int:
    record = {"acronym": None, "code": "nobody", "kind": "agency", "name": {"en": "Nobody", "zh": None}, "version": 1}
    first = k.entry("status_update", "HI-O7b.1")["tx"]
    end = k.sql("SELECT max(seq) AS seq FROM change WHERE tx = :tx", tx=first)[0]["seq"]
    return k.add("organization", "nobody", record, after=end)


@tampering(feed=False)
def a_removal_of_what_lives(k: Knife) -> int:
    k.add("link", "A1/HI-O7b", None)
    return 0


@tampering(feed=False)
def a_removal_of_what_never_was(k: Knife) -> int:
    return k.add("action", "A77", None)


@tampering(feed=False, both=True)
def a_rewrite_from_one_entry_on(k: Knife) -> int:
    return k.rewrite_body(k.entry("status_update", "HI-O7b.2"), lambda body: body["record"].update(status="continuing"))


@tampering(feed=False)
def an_entry_under_a_new_name(k: Knife) -> int:
    return k.rewrite(k.entry("commitment", "T-1", 0)["seq"], ref="T-2")


@tampering(feed=False)
def an_entry_filed_under_another_record(k: Knife) -> int:
    """T-1 has later entries of its own, so only the body says that this one is about something else."""
    return k.rewrite(k.entry("commitment", "HI-O7b", 1)["seq"], ref="T-1")


@tampering(feed=True)
def another_beginning(k: Knife) -> int:
    """The whole chain recomputed from another first hash."""
    rows = k.rows()
    rows[0]["prev_hash"] = "1" * 64
    for row, before in zip(rows, [None, *rows], strict=False):
        row["prev_hash"] = before["hash"] if before else "1" * 64
        row["hash"] = verifier.entry_hash(row)
    k.put(rows)
    return 1


@tampering(feed=True)
def a_gap_with_a_recomputed_chain(k: Knife) -> int:
    k.rechained([row | {"seq": row["seq"] + 5 * (row["seq"] > 60)} for row in k.rows()])
    return 66


@tampering(feed=True)
def a_missing_transaction_with_a_recomputed_chain(k: Knife) -> int:
    first = k.entry("status_update", "HI-O7b.1", 0)["tx"]
    k.rechained([row | {"tx": row["tx"] + (row["tx"] >= first)} for row in k.rows()])
    return int(k.sql("SELECT min(seq) AS seq FROM change WHERE tx > :first", first=first)[0]["seq"])


@tampering(feed=True)
def time_that_goes_back_with_a_recomputed_chain(k: Knife) -> int:
    tx = k.entry("confirmation", "HI-O7b/2026-11-20")["tx"]
    k.rechained([row | ({"at": "2026-01-01T00:00:00.000000Z"} if row["tx"] == tx else {}) for row in k.rows()])
    return int(k.sql("SELECT min(seq) AS seq FROM change WHERE tx = :tx", tx=tx)[0]["seq"])


@tampering(feed=True)
def two_moments_in_one_transaction(k: Knife) -> int:
    entry = k.entry("confirmation", "HI-O7b/2026-11-20")
    return k.rewrite(entry["seq"], at=entry["at"][:-2] + "7Z")


# Entries that are not what an entry is


@tampering(feed=False, both=True)
def an_unknown_entity(k: Knife) -> int:
    return k.add("treaty", "T1", {"ref": "T1"})


@tampering(feed=True)
def an_entry_of_another_origin(k: Knife) -> int:
    rows = k.rows()
    k.put([*rows[:59], rows[59] | {"prev_hash": "a" * 64, "hash": "b" * 64}, *rows[60:]])
    return 60


@tampering(feed=False)
def a_link_to_nothing(k: Knife) -> int:
    record = {"action": "A99", "commitment": "HI-O7b", "contribution": "implements", "note": {"en": None, "zh": None}}
    return k.add("link", "A99/HI-O7b", record)


@tampering(feed=True)
def white_space_in_a_body(k: Knife) -> int:
    entry = k.entry("event", "third-workshop")
    return k.rewrite(entry["seq"], body=entry["body"].replace(":", ": ", 1))


@tampering(feed=True)
def another_order_in_a_body(k: Knife) -> int:
    entry = k.entry("event", "third-workshop")
    body = json.loads(entry["body"])
    return k.rewrite(
        entry["seq"], body=json.dumps(dict(sorted(body.items(), reverse=True)), ensure_ascii=False, separators=(",", ":"), sort_keys=False)
    )


@tampering(feed=True, both=True)
def escapes_in_a_body(k: Knife) -> int:
    entry = k.entry("status_update", "HI-O7b.1")
    return k.rewrite(entry["seq"], body=entry["body"].replace("第", "\\u7b2c", 1))


@tampering(feed=True)
def a_key_twice_in_a_body(k: Knife) -> int:
    entry = k.entry("event", "third-workshop")
    return k.rewrite(entry["seq"], body=entry["body"].replace('"reason":', '"reason":"secret","reason":', 1))


@tampering(feed=True, both=True)
def nfd_in_a_body(k: Knife) -> int:
    entry = k.entry("status_update", "HI-O7b.1")
    decomposed = unicodedata.normalize("NFD", NARRATIVE["en"])
    k.sql("UPDATE status_update SET narrative_en = :text WHERE ref = 'HI-O7b.1'", text=decomposed)
    return k.rewrite_body(entry, lambda body: body["record"]["narrative"].update(en=decomposed))


@tampering(feed=True)
def another_version_of_bodies(k: Knife) -> int:
    return k.rewrite_body(k.entry("event", "third-workshop"), lambda body: body.update(v=2))


@tampering(feed=True)
def something_else_in_a_body(k: Knife) -> int:
    return k.rewrite_body(k.entry("event", "third-workshop"), lambda body: body.update(more=1))


@tampering(feed=True)
def a_salt_that_hides_nothing(k: Knife) -> int:
    return k.rewrite_body(k.entry("event", "third-workshop"), lambda body: body.update(salt=""))


@tampering(feed=True)
def a_reason_that_is_no_text(k: Knife) -> int:
    return k.rewrite_body(k.entry("event", "third-workshop"), lambda body: body.update(reason=["why"]))


@tampering(feed=True)
def a_float_in_an_earlier_body(k: Knife) -> int:
    return k.rewrite_body(k.entry("commitment", "T-1", 0), lambda body: body["record"].update(version=1.0))


@tampering(feed=True)
def an_integer_beyond_every_reader(k: Knife) -> int:
    return k.rewrite_body(k.entry("commitment", "T-1", 0), lambda body: body["record"].update(version=2**53 + 1))


@tampering(feed=True)
def a_record_that_is_no_object(k: Knife) -> int:
    return k.rewrite_body(k.entry("event", "third-workshop"), lambda body: body.update(record=5))


@tampering(feed=False)
def children_that_are_no_list(k: Knife) -> int:
    return k.rewrite_body(k.entry("event", "third-workshop"), lambda body: body["record"].update(organizers=5))


@tampering(feed=False)
def a_pointer_that_is_no_text(k: Knife) -> int:
    return k.rewrite_body(k.entry("action", "A1"), lambda body: body["record"].update(event=["third-workshop"]))


@tampering(feed=True)
def a_moment_of_another_form(k: Knife) -> int:
    """The next write would have to be later than this."""
    last = k.rows()[-1]
    return k.rewrite(last["seq"], at="tomorrow")


# Tables altered, the ledger left alone


@tampering(feed=False, both=True)
def the_text_of_a_commitment(k: Knife) -> int:
    k.sql("UPDATE commitment SET text_zh = text_zh || '。' WHERE ref = 'HI-O7b'")
    return int(k.entry("commitment", "HI-O7b")["seq"])


@tampering(feed=False, both=True)
def the_status_of_a_commitment(k: Knife) -> int:
    k.sql("UPDATE commitment SET status = 'continuing' WHERE ref = 'HI-O7b'")
    return 0


@tampering(feed=False)
def the_number_of_actions_of_a_commitment(k: Knife) -> int:
    k.sql("UPDATE commitment SET action_count = 7 WHERE ref = 'HI-O7b'")
    return 0


@tampering(feed=False)
def the_card_of_a_commitment(k: Knife) -> int:
    k.sql("""UPDATE commitment SET card = '{"addressees":[],"frameworks":[],"responsible":[]}' WHERE ref = 'T-1'""")
    return 0


@tampering(feed=False)
def the_order_of_commitments(k: Knife) -> int:
    k.sql("UPDATE commitment SET order_key = 'A' WHERE ref = 'T-1'")
    return 0


@tampering(feed=False)
def the_key_of_a_ref(k: Knife) -> int:
    """The key that keeps T-1 and t-1 from being two commitments."""
    k.sql("UPDATE commitment SET ref_key = 'x' WHERE ref = 'T-1'")
    return 0


@tampering(feed=False)
def the_address_of_a_document(k: Knife) -> int:
    k.sql("UPDATE document SET slug = 'elsewhere' WHERE symbol = 'A/AC.105/1294'")
    return 0


@tampering(feed=False)
def the_number_of_an_update(k: Knife) -> int:
    k.sql("UPDATE status_update SET number = 9 WHERE ref = 'HI-O7b.2'")
    return 0


@tampering(feed=False)
def the_number_of_an_action(k: Knife) -> int:
    k.sql("UPDATE action SET number = 9 WHERE ref = 'A1'")
    return 0


@tampering(feed=False)
def the_status_of_an_update(k: Knife) -> int:
    k.sql("UPDATE status_update SET status = 'continuing' WHERE ref = 'HI-O7b.3'")
    return int(k.entry("status_update", "HI-O7b.3")["seq"])


@tampering(feed=False)
def the_state_of_a_draft(k: Knife) -> int:
    k.sql("UPDATE status_update SET state = 'submitted' WHERE ref = 'HI-O7b.2'")
    return int(k.entry("status_update", "HI-O7b.2")["seq"])


@tampering(feed=False)
def the_author_of_a_note(k: Knife) -> int:
    k.sql("""UPDATE action SET notes = replace(notes, '"author":"u-', '"author":"v-') WHERE ref = 'A1'""")
    return int(k.entry("action", "A1")["seq"])


@tampering(feed=False)
def a_moment_in_a_table(k: Knife) -> int:
    k.sql("UPDATE confirmation SET recorded_at = '2026-11-20T00:00:00.000000Z'")
    return int(k.entry("confirmation", "HI-O7b/2026-11-20")["seq"])


@tampering(feed=False, both=True)
def a_row_removed(k: Knife) -> int:
    k.sql("DELETE FROM confirmation")
    return int(k.entry("confirmation", "HI-O7b/2026-11-20")["seq"])


@tampering(feed=False, both=True)
def a_link_removed(k: Knife) -> int:
    k.sql("DELETE FROM link")
    return int(k.entry("link", "A1/HI-O7b")["seq"])


@tampering(feed=False)
def a_row_added(k: Knife) -> int:
    k.sql("INSERT INTO organization (code, name_en, kind, version) VALUES ('nobody', 'Nobody', 'agency', 1)")
    return 0


@tampering(feed=False, both=True)
def a_child_removed(k: Knife) -> int:
    k.sql("DELETE FROM commitment_responsible WHERE commitment_id = (SELECT id FROM commitment WHERE ref = 'T-1') AND position = 2")
    return int(k.entry("commitment", "T-1")["seq"])


@tampering(feed=False)
def children_in_another_order(k: Knife) -> int:
    k.sql("UPDATE commitment_responsible SET position = 3 - position WHERE commitment_id = (SELECT id FROM commitment WHERE ref = 'T-1')")
    return int(k.entry("commitment", "T-1")["seq"])


@tampering(feed=False)
def a_child_of_nothing(k: Knife) -> int:
    k.sql("INSERT INTO commitment_responsible (commitment_id, position, organization_id) VALUES (99999, 1, 1)")
    return 0


# The copies


@pytest.fixture(scope="module")
def filled_sqlite(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with running(sqlite_template.copy(folder, seed=True)) as service:
        fill(service)
        service.proves_itself()
    return folder / "hainan.db"


@pytest.fixture(scope="module")
def filled_postgres(postgres_template: PostgresTemplate, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = postgres_template.copy(tmp_path_factory.mktemp("unused"), seed=True)
    with running(url) as service:
        fill(service)
        service.proves_itself()
    return url


@pytest.fixture
def copied(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[str]:
    """A fresh copy of the filled database."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("filled_sqlite"), tmp_path / "copy.db")
        yield f"sqlite:///{tmp_path / 'copy.db'}"
        return
    filled, template = request.getfixturevalue("filled_postgres"), request.getfixturevalue("postgres_template")
    url = str(template.copy_of(filled, tmp_path))
    yield url
    template.drop(url)


def verdict(url: str) -> Verdict:
    db = Database(open_backend(url, readers=1), REGISTER)
    try:
        with db.read() as session:
            return verify(session, REGISTER)
    finally:
        db.close()


def exported(url: str, actor: Actor = MIRROR) -> list[Row]:
    """The feed as somebody reads it."""
    db = Database(open_backend(url, readers=1), REGISTER)
    entries: list[Row] = []
    try:
        with db.read(actor) as session:
            after = 0
            while after >= 0:
                page = feed(session, FeedFilter(after=after, limit=200))
                entries += json.loads(msgspec.json.encode(page.items))
                after = int(page.next or -1)
    finally:
        db.close()
    return entries


ON_BOTH = [pytest.param("sqlite", name, id=f"sqlite-{name}") for name in TAMPERINGS] + [
    pytest.param("postgresql", name, id=f"postgresql-{name}", marks=pytest.mark.postgresql) for name, one in TAMPERINGS.items() if one.both
]


def test_an_untouched_copy_is_good(copied: str) -> None:
    found = verdict(copied)
    assert found.fault is None
    entries = exported(copied)
    assert verifier.fault(entries) is None
    assert (len(entries), entries[-1]["hash"]) == (found.entries, found.head)


def test_a_copy_is_good_after_its_triggers_went_and_came_back(copied: str) -> None:
    with knife(copied) as cut:
        cut.put(cut.rows())
    assert verdict(copied).fault is None


@pytest.mark.parametrize(("engine", "name"), ON_BOTH)
def test_a_tampering_is_found_where_it_was_done(copied: str, name: str) -> None:
    with knife(copied) as cut:
        seq = TAMPERINGS[name].done(cut)
    proof, reader = verdict(copied).fault, verifier.fault(exported(copied))
    assert (proof or Fault(-1, "nothing found")).seq == seq, proof
    assert (reader or (None, "nothing found"))[0] == (seq if TAMPERINGS[name].feed else None), reader


@pytest.mark.parametrize("engine", ["sqlite"])
def test_bytes_that_are_no_text_are_found(copied: str) -> None:
    with knife(copied) as cut:
        cut.sql("UPDATE change SET body = CAST(x'7bff7d' AS TEXT) WHERE seq = 60")
    assert (verdict(copied).fault or Fault(0, "")).seq == 60


_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
WEAKENED = {
    "sqlite": [
        ["DROP TRIGGER change_no_update"],
        ["DROP TRIGGER change_no_delete"],
        ["DROP TRIGGER change_no_delete", "CREATE TRIGGER change_no_delete BEFORE DELETE ON change BEGIN SELECT 1; END"],
        ["DROP TRIGGER change_no_update", f"CREATE TRIGGER change_no_update BEFORE UPDATE ON change WHEN 0 {_REFUSE}"],
        ["DROP TRIGGER change_no_update", f"CREATE TRIGGER change_no_update BEFORE UPDATE OF hash ON change {_REFUSE}"],
        ["DROP TRIGGER change_no_delete", f"CREATE TRIGGER change_no_delete BEFORE DELETE ON link {_REFUSE}"],
    ],
    "postgresql": [
        ["DROP TRIGGER change_no_edit ON change"],
        ["DROP TRIGGER change_no_truncate ON change"],
        ["ALTER TABLE change DISABLE TRIGGER change_no_edit"],
        ["ALTER TABLE change ENABLE TRIGGER change_no_edit"],
        ["ALTER TABLE change ENABLE REPLICA TRIGGER change_no_truncate"],
        [
            "DROP TRIGGER change_no_edit ON change",
            "CREATE TRIGGER change_no_edit BEFORE UPDATE ON change FOR EACH ROW EXECUTE FUNCTION change_refuse()",
            "ALTER TABLE change ENABLE ALWAYS TRIGGER change_no_edit",
        ],
        ["CREATE OR REPLACE FUNCTION change_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"],
    ],
}


@pytest.mark.parametrize(
    ("engine", "statements"),
    [
        pytest.param(engine, one, id=f"{engine}-{n}", marks=[pytest.mark.postgresql] if engine == "postgresql" else [])
        for engine, weakened in WEAKENED.items()
        for n, one in enumerate(weakened, 1)
    ],
)
def test_a_trigger_that_is_gone_or_weakened_is_found(copied: str, statements: list[str]) -> None:
    with create_engine(copied, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    found = verdict(copied).fault
    assert found is not None, "verify finds nothing"
    assert (found.seq, "trigger" in found.why) == (0, True)


def test_the_command_proves_a_good_copy(copied: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HAINAN_DATABASE_URL", copied)
    assert cli.main(["verify"]) == 0
    assert f"head {exported(copied)[-1]['hash']}" in capsys.readouterr().out


def test_the_command_names_the_entry_that_shows_it(
    copied: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HAINAN_DATABASE_URL", copied)
    with knife(copied) as cut:
        cut.set(50, actor="somebody else")
    assert cli.main(["verify"]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("hainan: entry 50: "), printed
    assert printed.out == ""


@pytest.mark.parametrize("engine", ["sqlite"])
def test_anybody_can_prove_the_feed_though_drafts_are_withheld(copied: str) -> None:
    entries = exported(copied, ANONYMOUS)
    assert verifier.fault(entries) is None
    assert [entry["ref"] for entry in entries if entry["body"] is None] == ["HI-O7b.2"]
    withheld = next(n for n, entry in enumerate(entries) if entry["body"] is None)
    entries[withheld]["body_sha256"] = "0" * 64
    assert (verifier.fault(entries) or (0, ""))[0] == withheld + 1


def test_the_script_proves_a_service_from_outside(sqlite_service: Service) -> None:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = sqlite_service.get("/" + self.path)
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    sqlite_service.publish("HI-O7b")
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        script = [sys.executable, verifier.__file__, address]
        good = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
        server.shutdown()
    head = sqlite_service.db.head()
    assert (good.returncode, good.stdout) == (0, f"ok: {head.seq} entries, head {head.hash}\n"), good
    away = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert away.returncode == 2
