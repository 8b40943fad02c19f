"""How long page 1 and page 1,000 of the list take, one after the other in turn, with the memory off."""

import argparse
import http.client
import json
import statistics
import time
from pathlib import Path

from benchmarks.service import tracker

LIST = "/api/v1/commitments?limit=50"
DEEP = 1000


def ask(connection: http.client.HTTPConnection, path: str) -> bytes:
    """The body of one answer."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
    return body


def found_by_following(connection: http.client.HTTPConnection, page: int) -> str:
    """The address of a page, found by following the cursors from the first."""
    path = LIST
    for number in range(1, page):
        cursor = json.loads(ask(connection, path))["next"]
        if cursor is None:
            raise SystemExit(f"the list ends at page {number}; load more rows")
        path = f"{LIST}&cursor={cursor}"
    return path


def milliseconds(connection: http.client.HTTPConnection, path: str) -> float:
    """How long one answer takes."""
    began = time.perf_counter()
    ask(connection, path)
    return (time.perf_counter() - began) * 1000


def measured(connection: http.client.HTTPConnection, paths: tuple[str, str], requests: int) -> tuple[float, float]:
    """The medians of both pages."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(requests):
        for path, times in zip(paths, taken, strict=True):
            times.append(milliseconds(connection, path))
    return statistics.median(taken[0]), statistics.median(taken[1])


def main() -> None:
    """Measure and print the ratio."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path, help="holds tracker.db")
    asked.add_argument("--requests", type=int, default=200, help="requests of each page (default: %(default)s)")
    asked.add_argument("--page", type=int, default=DEEP, help="the page to compare with page 1 (default: %(default)s)")
    args = asked.parse_args()
    with tracker(args.folder / "tracker.db", memory_mb=0) as (base, _):
        connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=30)
        deep = found_by_following(connection, args.page)
        first, last = measured(connection, (LIST, deep), args.requests)
    print(f"page 1 {first:.2f} ms, page {args.page} {last:.2f} ms: page {args.page} takes {last / first:.2f} times as long as page 1")


if __name__ == "__main__":
    main()
