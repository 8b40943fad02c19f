"""Load the tracker and each peer in turn with wrk, and print a table of requests per second and ratios."""

import argparse
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.service import QUERY, fetch, free_port, running, tracker

HERE = Path(__file__).parent
CONNECTIONS = 16
AS_IT_IS, MEMORY_OFF = "tracker", "memory off"
Rates = tuple[float, float]
"""Requests per second of the list and of the record."""


class Peer(NamedTuple):
    """A peer: the module it runs, and the addresses of the list and of one record on its port."""

    module: list[str]
    listing: str
    record: str


def load(url: str, seconds: int) -> float:
    """Requests per second of one wrk run; an answer that is not good ends the benchmark."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if "Non-2xx" in out or "Socket errors" in out or rate is None:
        sys.exit(f"{url} did not answer cleanly:\n{out}")
    return float(rate[1])


def measured(listing: str, record: str, seconds: int) -> Rates:
    """Both rates of one server, each after one second that does not count."""
    load(listing, 1)
    lists = load(listing, seconds)
    load(record, 1)
    return lists, load(record, seconds)


def addresses(base: str) -> tuple[str, str]:
    """The list and the record of the tracker."""
    return f"{base}/api/v1/commitments?{QUERY}&limit=50", f"{base}/api/v1/commitments/T0000777"


def peers(rows: Path, port: int) -> dict[str, Peer]:
    """Every peer by name."""
    asked, at = f"/commitments?{QUERY}", str(port)
    shown = f"/rows/commitment.json?{QUERY}&_size=50&_shape=array&_nocount=1&_nofacet=1"
    quiet = ["--no-access-log", "--log-level", "error"]
    return {
        "raw": Peer(["granian", "--interface", "asgi", "--port", at, "peers.raw:app"], "/", "/"),
        "datasette": Peer(["datasette", str(rows), "-p", at], shown, "/rows/commitment/777.json?_shape=array"),
        "fastapi": Peer(["uvicorn", "peers.fastapi_sqlmodel:app", "--port", at, *quiet], asked, "/commitments/777"),
        "drf": Peer(["gunicorn", "-w1", "--threads", "4", "-b", f"127.0.0.1:{at}", "peers.drf:app"], asked, "/commitments/777"),
    }


def measured_peer(python: str, name: str, rows: Path, body: Path, seconds: int) -> Rates:
    """Both rates of a peer."""
    port = free_port()
    peer, base = peers(rows, port)[name], f"http://127.0.0.1:{port}"
    extra = {"BENCH_DB": str(rows), "BENCH_BODY": str(body), "PYTHONDONTWRITEBYTECODE": "1"}
    with running([python, "-m", *peer.module], base + peer.listing, HERE, extra):
        return measured(base + peer.listing, base + peer.record, seconds)


def one_round(python: str, folder: Path, seconds: int) -> Iterator[tuple[str, Rates]]:
    """Everybody once, one after the other; the list the tracker answers is what `raw` answers."""
    body, rows = folder / "body.json", folder / "rows.db"
    for name, memory_mb in ((AS_IT_IS, None), (MEMORY_OFF, 0)):
        with tracker(folder / "tracker.db", memory_mb) as (base, _):
            body.write_bytes(fetch(addresses(base)[0]))
            yield name, measured(*addresses(base), seconds)
    for name in peers(rows, 0):
        yield name, measured_peer(python, name, rows, body, seconds)


def table(results: dict[str, list[Rates]]) -> Iterator[str]:
    """The medians, and how many times as fast as each the tracker is (as it is, then with its memory off)."""
    middle = {name: [statistics.median(rates[n] for rates in rounds) for n in (0, 1)] for name, rounds in results.items()}
    yield f"{'':12}{'list of 50/s':>13}{'tracker':>10}{'memory off':>12}{'record/s':>12}{'tracker':>10}{'memory off':>12}"
    for name, rates in middle.items():
        cells = [f"{name:12}"]
        for n, rate in enumerate(rates):
            cells.append(f"{rate:{13 - n}.0f}{middle[AS_IT_IS][n] / rate:9.2f}x{middle[MEMORY_OFF][n] / rate:11.2f}x")
        yield "".join(cells)


def main() -> None:
    """Measure some rounds and print the table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path, help="holds rows.db and tracker.db")
    ask.add_argument("--peers-python", type=Path, required=True, help="python of a virtual environment with requirements.txt")
    ask.add_argument("--seconds", type=int, default=5, help="length of each run (default: %(default)s)")
    ask.add_argument("--rounds", type=int, default=3, help="how often everybody runs (default: %(default)s)")
    args = ask.parse_args()
    results: dict[str, list[Rates]] = {}
    for _ in range(args.rounds):
        for name, rates in one_round(str(args.peers_python.absolute()), args.folder.resolve(), args.seconds):
            results.setdefault(name, []).append(rates)
    print("\n".join(table(results)))


if __name__ == "__main__":
    main()
