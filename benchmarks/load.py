"""Load a record file of generate.py into an empty database of the tracker, tables and ledger alike, in batches."""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, update

from app.actors import system_actor
from app.db import ledger, utc_now
from app.db.engines import Backend, open_backend
from app.db.migrate import migrate
from app.db.records import Ids, Record, restore
from app.db.sessions import ReadSession
from app.db.types import moment_text
from app.domain import derived
from app.domain.shapes import Evidence
from app.register import REGISTER
from app.tables import Commitment

LINES_PER_BATCH = 2000
SHOWN_EVERY = 20
ACTOR = system_actor("benchmark")
NOBODY: Record = {"zh": None, "en": None}
WORKING: Record = {"zh": "working", "en": "working"}
TABLE: Any = Commitment.__table__  # type: ignore[attr-defined]  # set by SQLModel for table models
_decode = msgspec.json.Decoder(dict[str, Any]).decode
Batch = dict[str, list[Record]]


def document(line: Record, at: str) -> Record:
    """The whole record of a document line."""
    return {
        "symbol": line["symbol"], "title": line["title"], "authority": WORKING, "body": NOBODY, "adopted_on": None, "event": None,
        "references": [], "version": 1,
    }  # fmt: skip


def commitment(line: Record, at: str) -> Record:
    """The whole record of a commitment line."""
    return {
        "ref": line["ref"], "document": line["document"], "parent": None, "kind": line["kind"], "tracking": line["tracking"],
        "position": line["position"], "label": None, "citation": NOBODY, "lead_verb": NOBODY, "text": line["text"],
        "authority": WORKING, "target_on": None, "version": 1, "updated_at": at,
    }  # fmt: skip


def status_update(line: Record, at: str) -> Record:
    """The whole record of a status update line, which is the first of its commitment."""
    return {
        "ref": line["ref"], "commitment": line["commitment"], "status": line["status"], "effective_on": line["effective_on"],
        "narrative": line["narrative"], "evidence": msgspec.to_builtins(msgspec.convert(line["evidence"], list[Evidence])),
        "state": line["state"], "corrects": None, "review_note": None, "published_no": 1, "organization": None, "author": ACTOR.id,
        "recorded_at": at, "published_at": at, "version": 1,
    }  # fmt: skip


COMPLETED = {"document": document, "commitment": commitment, "status_update": status_update}


def batches(path: Path) -> Iterator[list[Record]]:
    """The lines of the file, some at a time; every batch begins with a document, so that it points to nothing outside."""
    batch: list[Record] = []
    with path.open("rb") as file:
        for text in file:
            line = _decode(text)
            if line["type"] == "document" and len(batch) >= LINES_PER_BATCH:
                yield batch
                batch = []
            batch.append(line)
    if batch:
        yield batch


def load_batch(connection: Connection, lines: list[Record]) -> int:
    """Write one batch as one transaction of the ledger and return the number of its entries."""
    head = ledger.head(connection)
    now = ledger.next_moment(head, utc_now())
    records: Batch = {entity: [] for entity in COMPLETED}
    for line in lines:
        records[line["type"]].append(COMPLETED[line["type"]](line, moment_text(now)))
    ids: Ids = {}
    for entity, some in records.items():
        restore(connection, REGISTER, entity, some, ids)
    derive(ReadSession(connection, ACTOR, now), [number for (entity, _), number in ids.items() if entity == "commitment"])
    after = ledger.append(connection, head, entries(connection, ids), at=now, actor=ACTOR.id, action="benchmark:load", reason=None)
    return after.seq - head.seq


def derive(session: ReadSession, commitments: list[int]) -> None:
    """Set every derived column of these commitments, one prepared statement for each group."""
    for group in derived.EVERYTHING:
        rows = [{"key": number, **values} for number, values in group(session, commitments).items()]
        if rows:
            names = [name for name in rows[0] if name != "key"]
            setting = update(TABLE).where(TABLE.c.id == bindparam("key")).values({name: bindparam(name) for name in names})
            session.connection.execute(setting, rows)


def entries(connection: Connection, ids: Ids) -> Iterator[ledger.Entry]:
    """What was restored, read back from the tables as the ledger keeps it."""
    for entity in COMPLETED:
        reader = REGISTER.reader(entity)
        read = reader.some(connection, [number for (kind, _), number in ids.items() if kind == entity])
        for number in sorted(read):
            yield ledger.Entry(entity, reader.ref(read[number]), read[number])


def load(backend: Backend, path: Path) -> int:
    """Load the file batch by batch and return the number of entries; a database that is not empty ends the program."""
    done, began = 0, time.monotonic()
    for number, lines in enumerate(batches(path), 1):
        with backend.write_turn(), backend.writers.connect() as connection, connection.begin():
            backend.lock_ledger(connection)
            if number == 1 and ledger.head(connection).seq:
                sys.exit("the database is not empty")
            done += load_batch(connection, lines)
        if number % SHOWN_EVERY == 0:
            print(f"{done} entries after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    with backend.write_turn(), backend.writers.connect() as connection, connection.begin():
        derived.recount(connection)
    return done


def main() -> None:
    """Migrate an empty database and load the file into it."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("rows", type=Path, help="rows.ndjson of generate.py")
    ask.add_argument("database", help="address of an empty database, e.g. sqlite:///bench-data/tracker.db")
    args = ask.parse_args()
    backend = open_backend(args.database, readers=1)
    migrate(backend)
    print(f"loaded {load(backend, args.rows)} entries")
    backend.dispose()


if __name__ == "__main__":
    main()
