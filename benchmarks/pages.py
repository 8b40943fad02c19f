"""What a page costs beside the API answer that carries the same data, asked in turn, with the memory off."""

import argparse
import http.client
import statistics
from pathlib import Path

from benchmarks.paging import milliseconds
from benchmarks.service import tracker

FIXED = (
    ("/api/v1/commitments", "/zh/commitments"),
    ("/api/v1/commitments?kind=operative&status=implemented", "/en/commitments?kind=operative&status=implemented"),
    ("/api/v1/actions", "/zh/actions"),
    ("/api/v1/documents", "/zh/documents"),
    ("/api/v1/organizations", "/en/organizations"),
    ("/api/v1/frameworks", "/zh/frameworks"),
    ("/api/v1/progress", "/zh"),
)
ONE = "/commitments/{ref}"


def main() -> None:
    """Measure and print the ratios."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path, help="holds tracker.db")
    asked.add_argument("--ref", default="T0000100", help="the commitment to show (default: %(default)s)")
    asked.add_argument("--requests", type=int, default=50, help="requests of each (default: %(default)s)")
    args = asked.parse_args()
    one = ONE.format(ref=args.ref)
    with tracker(args.folder / "tracker.db", memory_mb=0) as (base, _):
        connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=120)
        for answer, page in ((f"/api/v1{one}", f"/en{one}"), *FIXED):
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(1 if "progress" in answer else args.requests):
                for path, times in zip((answer, page), taken, strict=True):
                    times.append(milliseconds(connection, path))
            first, second = map(statistics.median, taken)
            print(f"{answer} {first:.2f} ms, {page} {second:.2f} ms: {second / first:.2f} times as long")


if __name__ == "__main__":
    main()
