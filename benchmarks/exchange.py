"""Import and export of everything, as shares of what the database and a peer do with the same rows in the same run."""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from app.db.backends import open_backend
from app.db.migrate import migrate
from app.register import REGISTER
from benchmarks.service import ROOT, free_port, running, settings, tracker

_BATCH = 10_000
_PIECE = 2**20
_ROUNDS = 5
_SEARCH = tuple(searched.table.name for searched in REGISTER.searched)


class Ran(NamedTuple):
    """How long a command took, and the most memory it held in millions of bytes."""

    seconds: float
    megabytes: float


_LAUNCH = """
import os, sys
_, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(used.ru_maxrss)
sys.exit(status != 0)
"""
"""A process begins with the most memory of the one that started it: so a small one does."""


def command(database: Path, *words: str) -> Ran:
    """Run a command of the tracker; one that fails ends the benchmark."""
    program = [sys.executable, "-c", _LAUNCH, sys.executable, "-m", "app", *words]
    began = time.monotonic()
    done = subprocess.run(program, env=os.environ | settings(database) | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f"hainan {' '.join(words)} failed")
    return Ran(time.monotonic() - began, int(done.stdout.split()[-1]) * 1024 / 1e6)


def empty(database: Path) -> None:
    """A migrated database without any record."""
    backend = open_backend(f"sqlite:///{database}", readers=1)
    migrate(backend)
    backend.dispose()


def tables() -> list[str]:
    """The tables of records and what follows from them, each after those it points to; those of search come last."""
    names = [table.name for kind in REGISTER.kinds for table in (kind.table, *(child.table for child in kind.children))]
    return [*names, "commitment_tally", "change", *_SEARCH]


def bare(filled: Path, target: Path) -> dict[str, tuple[int, float]]:
    """Insert the same rows into the same tables by `executemany` alone, in one transaction: how many, and in how many seconds, by table.

    Reading them from the filled database does not count. The end of the transaction counts as a table.
    """
    source, sink = sqlite3.connect(filled), sqlite3.connect(target)
    sink.execute("pragma foreign_keys=on")
    sink.execute("pragma synchronous=full")
    found = {table: _copied(source, sink, table) for table in tables()}
    began = time.monotonic()
    sink.commit()
    return found | {"commit": (0, time.monotonic() - began)}


def _copied(source: sqlite3.Connection, sink: sqlite3.Connection, table: str) -> tuple[int, float]:
    number, seconds = 0, 0.0
    rows = source.execute(f"select * from {table}")
    marks = ",".join("?" * len(rows.description))
    while some := rows.fetchmany(_BATCH):
        began = time.monotonic()
        sink.executemany(f"insert into {table} values ({marks})", some)
        seconds += time.monotonic() - began
        number += len(some)
    return number, seconds


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
    ask.add_argument("--peers-python", type=Path, help="the Python that has datasette")
    args = ask.parse_args()
    folder, python = args.folder.resolve(), args.peers_python and str(args.peers_python.absolute())
    lines = sum(1 for _ in (folder / "rows.ndjson").open("rb"))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        report(folder, Path(name), lines, python)


def report(folder: Path, scratch: Path, lines: int, python: str | None) -> None:
    """Run everything once and print it."""
    database, again = scratch / "imported.db", scratch / "bare.db"
    empty(database)
    empty(again)
    done = command(database, "import", str(folder / "rows.ndjson"))
    inserted = bare(database, again)
    again.unlink()
    print(f"import  {lines} lines in {done.seconds:.1f} s, {lines / done.seconds:.0f}/s, {done.megabytes:.0f} MB")
    for name, left_out in (("all rows", ()), ("without those of search", _SEARCH)):
        counted = [count for table, count in inserted.items() if table not in left_out]
        rows, seconds = sum(number for number, _ in counted), sum(taken for _, taken in counted)
        print(f"bare    {rows} rows in {seconds:.1f} s, {name}; import at {seconds / done.seconds:.2f} of that rate")
    out = command(database, "export", "-o", str(scratch / "out.ndjson"))
    print(f"export  {lines / out.seconds:.0f} lines/s by the command, {out.megabytes:.0f} MB")
    shutil.copy(database, scratch / "tracker.db")
    os.sync()  # or the first to be measured shares the disk with the copy
    for _ in range(_ROUNDS):
        beside(scratch / "tracker.db", folder / "rows.db", python)


def beside(database: Path, rows: Path, python: str | None) -> None:
    """Download everything from a tracker just started, once more, and then the rows from the peer; print the rates."""
    with tracker(database) as (base, _):
        made, again = (number / seconds for number, seconds in (download(f"{base}/api/v1/export.ndjson") for _ in range(2)))
    print(f"        {made:.0f} lines/s over HTTP when it is made, {again:.0f} when it is asked for again")
    if python:
        rate = peer(python, rows)
        print(f"peer    datasette sends {rate:.0f} lines/s as CSV; we are {made / rate:.1f} and {again / rate:.1f} times as fast")


if __name__ == "__main__":
    main()
