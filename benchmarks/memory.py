"""How much memory the serving process holds at rest, after 100 varied requests."""

import argparse
import time
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from benchmarks.generate import KINDS, STATUSES
from benchmarks.service import fetch, tracker

REQUESTS = 100
REST_SECONDS = 5


def varied() -> Iterator[str]:
    """Addresses of every sort of answer, without end: lists, records, histories, the feed."""
    filters = list(product(STATUSES, KINDS))
    for number in range(10**6):
        ref = f"T{(number * 97) % 2000 + 1:07d}"
        status, kind = filters[number % len(filters)]
        yield f"/api/v1/commitments?status={status}&kind={kind}&limit=200"
        yield f"/api/v1/commitments/{ref}"
        yield f"/api/v1/commitments?document=X/TEST.{number + 1}&sort=-updated_at"
        yield f"/api/v1/commitments/{ref}/history"
        yield f"/api/v1/changes?after={number * 50}&limit=200"


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    threads = Path(f"/proc/{pid}/task").iterdir()
    others = [child for thread in threads for child in (thread / "children").read_text("ascii").split()]
    return sorted({int(child) for child in (*started, *others)})


def megabytes(pid: int) -> float:
    """The resident memory of a process in millions of bytes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    kibibytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return kibibytes * 1024 / 1e6


def main() -> None:
    """Start the tracker, ask it, let it rest, and print what its processes hold."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path, help="holds tracker.db")
    args = ask.parse_args()
    with tracker(args.folder / "tracker.db") as (base, pid):
        before = max(megabytes(child) for child in children(pid))
        for path in islice(varied(), REQUESTS):
            fetch(base + path)
        time.sleep(REST_SECONDS)
        worker = max(megabytes(child) for child in children(pid))
        print(f"serving process {worker:.0f} MB at rest, {before:.0f} MB after its start")
        print(f"the process that started it and watches over it {megabytes(pid):.0f} MB")


if __name__ == "__main__":
    main()
