"""Status updates over HTTP from several clients at once, against bare loops of chained, durable inserts on the same disk."""

import argparse
import hashlib
import http.client
import json
import secrets
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from app.db import ledger, utc_now
from app.db.backends import Backend, open_backend
from app.db.migrate import migrate
from app.db.records import Record
from app.db.types import moment_text
from app.interchange.lines import SHAPES, builtins, record_of
from benchmarks import generate, slow_disk
from benchmarks.service import hainan, tracker

ACTOR = "system:benchmark"
CLIENTS = 8
OWN = 40
READY_SECONDS = 120
BARE = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE change (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, prev_hash TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE) STRICT;
"""


class Share(NamedTuple):
    """What one client is told: whom to ask, which commitments are its own, and for how long."""

    base: str
    token: str
    refs: list[str]
    seconds: float


class Ready:
    """In each client's process: where the clients wait for each other."""

    gate: Barrier

    @classmethod
    def meet(cls, gate: Barrier) -> None:
        """Remember the gate; runs when the process starts."""
        cls.gate = gate


def sample(number: int) -> tuple[Record, Record]:
    """A commitment and its update as the ledger keeps them."""
    zh, en = "文" * 130, " ".join(generate.EN[:55])
    row = generate.Row(f"X/TEST.{number}", f"T{number:07d}", "operative", 1, zh, en, "implemented")
    _, commitment, update = generate.lines(row)
    at = moment_text(utc_now())
    return recorded(commitment, {"version": 1, "updated_at": at}), recorded(update, {"version": 1, "recorded_at": at, "published_at": at})


def recorded(line: generate.Line, more: Record) -> Record:
    """A line as the record of the ledger that it makes."""
    kind = line["type"]
    author = {"author": ACTOR} if kind == "status_update" else {}
    return record_of(kind, builtins(msgspec.convert(line, SHAPES[kind])) | more | author)


def repeated(step: Callable[[int], None], seconds: float) -> float:
    """How often a step is done per second."""
    began, done = time.monotonic(), 0
    while (taken := time.monotonic() - began) < seconds:
        done += 1
        step(done)
    return done / taken


def bare_rate(folder: Path, seconds: float) -> float:
    """Chained inserts per second: one row with its canonical body and two unique hashes in each durable transaction."""
    with closing(sqlite3.connect(folder / f"bare-{secrets.token_hex(4)}.db", isolation_level=None)) as db:
        db.executescript(BARE)
        previous = ledger.GENESIS

        def step(number: int) -> None:
            nonlocal previous
            body = ledger.canonical(sample(number)[1])
            after = hashlib.sha256(previous.encode() + body).hexdigest()
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO change VALUES (?, ?, ?, ?)", (number, body.decode(), previous, after))
            db.execute("COMMIT")
            previous = after

        return repeated(step, seconds)


def append_rate(folder: Path, seconds: float) -> float:
    """Transactions per second of nothing but the two entries that a status update leaves in the tracker's ledger."""
    backend = open_backend(f"sqlite:///{folder}/append-{secrets.token_hex(4)}.db", readers=1)
    migrate(backend)
    try:
        return repeated(lambda number: append(backend, number), seconds)
    finally:
        backend.dispose()


def append(backend: Backend, number: int) -> None:
    """One transaction with two entries."""
    commitment, update = sample(number)
    entries = [ledger.Entry("commitment", commitment["ref"], commitment), ledger.Entry("status_update", update["ref"], update)]
    with backend.write_turn(), backend.writers.connect() as connection, connection.begin():
        backend.lock_ledger(connection)
        head = ledger.head(connection)
        at = ledger.next_moment(head, utc_now())
        ledger.append(connection, head, entries, at=at, actor=ACTOR, action="benchmark:append", reason=None)


def body() -> bytes:
    """The update that clients post."""
    narrative = {"zh": "第三期研讨会的筹备工作已经开始。", "en": "Preparations for the third workshop have begun."}
    day = utc_now().date().isoformat()
    change = {"status": "under_implementation", "effective_on": day, "narrative": narrative, "state": "published"}
    return json.dumps(change, ensure_ascii=False).encode()


def versions(connection: http.client.HTTPConnection, refs: list[str]) -> dict[str, int]:
    """The present version of each commitment."""
    found: dict[str, int] = {}
    for ref in refs:
        connection.request("GET", f"/api/v1/commitments/{ref}")
        found[ref] = json.loads(connection.getresponse().read())["version"]
    return found


def client(share: Share) -> tuple[list[str], float]:
    """Post updates, each after the answer to the one before; the refs of those that were acknowledged, and the time it took."""
    connection = http.client.HTTPConnection(share.base.removeprefix("http://"), timeout=30)
    acknowledged: list[str] = []
    known, sent = versions(connection, share.refs), body()
    headers = {"Authorization": f"Bearer {share.token}", "Content-Type": "application/json"}
    Ready.gate.wait(READY_SECONDS)
    began = time.monotonic()
    while (taken := time.monotonic() - began) < share.seconds:
        ref = share.refs[len(acknowledged) % len(share.refs)]
        tag = {"If-Match": f'"{known[ref]}.{"0" * 16}"'}
        connection.request("POST", f"/api/v1/commitments/{ref}/status-updates", sent, headers | tag)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{ref} answered {answer.status}: {said[:300]!r}")
        known[ref] += 1
        acknowledged.append(json.loads(said)["ref"])
    return acknowledged, taken


def http_rate(pool: ProcessPoolExecutor, base: str, token: str, seconds: float, seen: list[str]) -> float:
    """Acknowledged updates per second of all clients together; their refs are added to `seen`."""
    own = [[f"T{number * OWN + n + 1:07d}" for n in range(OWN)] for number in range(CLIENTS)]
    answers = list(pool.map(client, [Share(base, token, refs, seconds) for refs in own]))
    acknowledged = [ref for refs, _ in answers for ref in refs]
    seen += acknowledged
    return len(acknowledged) / max(taken for _, taken in answers)


def token_for(database: Path) -> str:
    """A new editor's token."""
    name = f"benchmark-{secrets.token_hex(4)}"
    hainan(database, "user", "add", name, "--role", "editor", "--password-stdin", typed=secrets.token_urlsafe(24) + "\n")
    return hainan(database, "token", "create", "--user", name, "--scope", "publish")


@contextmanager
def copied(database: Path) -> Iterator[Path]:
    """A copy of the database in a folder of its own beside it, gone afterwards."""
    with TemporaryDirectory(prefix="writes-", dir=database.parent) as folder:
        copy = Path(folder) / "tracker.db"
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield copy


def lost(database: Path, seen: list[str]) -> set[str]:
    """Acknowledged updates that are missing from the table or from the ledger."""
    with closing(sqlite3.connect(database)) as db:
        rows = {row[0] for row in db.execute("SELECT ref FROM status_update WHERE state = 'published'")}
        entered = {row[0] for row in db.execute("SELECT ref FROM change WHERE entity = 'status_update'")}
    return set(seen) - (rows & entered)


def measured(database: Path, seconds: float, rounds: int, seen: list[str]) -> dict[str, float]:
    """The median rate of each loop, all of them in turn."""
    token, spawning = token_for(database), get_context("spawn")
    gate = spawning.Barrier(CLIENTS)
    with tracker(database) as (base, _), ProcessPoolExecutor(CLIENTS, spawning, Ready.meet, (gate,)) as pool:
        loops: dict[str, Callable[[], float]] = {
            "bare": lambda: bare_rate(database.parent, seconds),
            "append": lambda: append_rate(database.parent, seconds),
            "http": lambda: http_rate(pool, base, token, seconds, seen),
        }
        every = [{name: loop() for name, loop in loops.items()} for _ in range(rounds)]
    return {name: statistics.median(one[name] for one in every) for name in loops}


def main() -> None:
    """Measure on a copy of the database, print rates and ratios, and prove that nothing acknowledged was lost."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path, help="holds tracker.db")
    ask.add_argument("--seconds", type=float, default=5.0, help="length of each run (default: %(default)s)")
    ask.add_argument("--rounds", type=int, default=3, help="how often each loop runs (default: %(default)s)")
    ask.add_argument("--fsync-ms", type=int, default=0, help="let every fsync of all programs take so much longer; needs a C compiler")
    ask.add_argument("--verify", action="store_true", help="also run `hainan verify` at the end, which takes minutes")
    args = ask.parse_args()
    slow_disk.start_again(args.fsync_ms)
    seen: list[str] = []
    with copied(args.folder.resolve() / "tracker.db") as database:
        rates = measured(database, args.seconds, args.rounds, seen)
        missing = lost(database, seen)
        verified = hainan(database, "verify") if args.verify else ""
    for name, rate in rates.items():
        print(f"{name:8}{rate:8.0f}/s   http is {rates['http'] / rate:5.2f} of it")
    print(f"{len(seen)} updates were acknowledged, {len(missing)} of them are missing. {verified}".rstrip())
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
