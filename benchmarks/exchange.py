"""Import and export of everything, as shares of what the database and a peer do with the same rows in the same run."""

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app.db.engines import open_backend
from app.db.migrate import migrate
from benchmarks.service import ROOT, free_port, running, settings, tracker

_BATCH = 10_000
_PIECE = 2**20


class Ran(NamedTuple):
    """How long a command took, and the most memory it held in millions of bytes."""

    seconds: float
    megabytes: float


def command(database: Path, *words: str) -> Ran:
    """Run a command of the tracker; one that fails ends the benchmark."""
    program = [sys.executable, "-m", "app", *words]
    began = time.monotonic()
    pid = os.posix_spawn(sys.executable, program, os.environ | settings(database) | {"PYTHONPATH": str(ROOT)})
    _, status, used = os.wait4(pid, 0)
    if status:
        sys.exit(f"hainan {' '.join(words)} failed")
    return Ran(time.monotonic() - began, used.ru_maxrss * 1024 / 1e6)


def empty(database: Path) -> None:
    """A migrated database without any record."""
    backend = open_backend(f"sqlite:///{database}", readers=1)
    migrate(backend)
    backend.dispose()


def tables(source: sqlite3.Connection) -> Iterator[str]:
    """The tables that hold rows, each after those it points to."""
    names = ["organization", "framework", "event", "document", "commitment", "status_update", "commitment_tally", "change"]
    yield from (name for name in names if source.execute(f"select 1 from {name} limit 1").fetchone())


def bare(filled: Path, target: Path) -> tuple[int, float]:
    """Insert the same rows into the same tables by `executemany` alone, in one transaction: how many, and in how many seconds.

    Reading them from the filled database does not count.
    """
    source, sink = sqlite3.connect(filled), sqlite3.connect(target)
    sink.execute("pragma foreign_keys=on")
    sink.execute("pragma synchronous=full")
    number, seconds = 0, 0.0
    for table in tables(source):
        rows = source.execute(f"select * from {table}")
        marks = ",".join("?" * len(rows.description))
        while some := rows.fetchmany(_BATCH):
            began = time.monotonic()
            sink.executemany(f"insert into {table} values ({marks})", some)
            seconds += time.monotonic() - began
            number += len(some)
    began = time.monotonic()
    sink.commit()
    return number, seconds + time.monotonic() - began


def download(url: str) -> tuple[int, float]:
    """How many lines an address sends, and in how many seconds."""
    began, lines = time.monotonic(), 0
    with urllib.request.urlopen(url, timeout=600) as answer:
        while piece := answer.read(_PIECE):
            lines += piece.count(b"\n")
    return lines, time.monotonic() - began


def peer(python: str, rows: Path) -> float:
    """Lines per second of datasette's streamed CSV of the commitments."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    words = [python, "-m", "datasette", str(rows), "-p", str(port), "--setting", "max_csv_mb", "0"]
    with running(words, f"{base}/rows/commitment.json?_size=1", rows.parent, {}):
        lines, seconds = download(f"{base}/rows/commitment.csv?_stream=on&_size=max")
    return lines / seconds


def main() -> None:
    """Import rows.ndjson into an empty database, export it again, and print rates, ratios and memory."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path, help="holds rows.ndjson and rows.db of generate.py")
    ask.add_argument("--peers-python", help="the Python that has datasette")
    args = ask.parse_args()
    lines = sum(1 for _ in (args.folder / "rows.ndjson").open("rb"))
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        report(args.folder, Path(name), lines, args.peers_python)


def report(folder: Path, scratch: Path, lines: int, python: str | None) -> None:
    """Run everything once and print it."""
    database, again = scratch / "imported.db", scratch / "bare.db"
    empty(database)
    empty(again)
    done = command(database, "import", str(folder / "rows.ndjson"))
    rows, seconds = bare(database, again)
    again.unlink()
    print(f"import  {lines} lines in {done.seconds:.1f} s, {lines / done.seconds:.0f}/s, {done.megabytes:.0f} MB")
    print(f"bare    {rows} rows in {seconds:.1f} s; import at {seconds / done.seconds:.2f} of that rate")
    out = command(database, "export", "-o", str(scratch / "out.ndjson"))
    print(f"export  {lines / out.seconds:.0f} lines/s by the command, {out.megabytes:.0f} MB")
    shutil.copy(database, scratch / "tracker.db")
    with tracker(scratch / "tracker.db") as (base, _):
        number, seconds = download(f"{base}/api/v1/export.ndjson")
    print(f"        {number / seconds:.0f} lines/s over HTTP")
    if python:
        rate = peer(python, folder / "rows.db")
        print(f"peer    datasette sends {rate:.0f} lines/s as CSV; export over HTTP is {number / seconds / rate:.1f} times as fast")


if __name__ == "__main__":
    main()
