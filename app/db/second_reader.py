"""A program: what a statement finds in a database file, as bytes on standard output, one value after the other.

It needs the standard library alone, so that it is there at once and takes little memory. Its argument is a JSON object: the path of the
`file`, `sql` with its `values`, and `head`, the hash that the ledger must end with. The same hash stands at the end of what is whole.
"""

import json
import sqlite3
import sys
from contextlib import closing
from typing import Any
from urllib.parse import quote

OTHER_STATE = 3
"""The exit code where something was committed meanwhile."""
_HEAD = "SELECT hash FROM change ORDER BY seq DESC LIMIT 1"
_AT_ONCE = 100


def main() -> int:
    asked = json.loads(sys.argv[1])
    with closing(sqlite3.connect(f"file://{quote(asked['file'])}?mode=ro", uri=True, isolation_level=None)) as driver:
        return copied(driver, asked)


def copied(driver: sqlite3.Connection, asked: dict[str, Any]) -> int:
    """Write everything that was asked for; returns the exit code."""
    driver.execute("BEGIN")
    if driver.execute(_HEAD).fetchone() != (asked["head"],):
        return OTHER_STATE
    found = driver.execute(asked["sql"], asked["values"])
    while rows := found.fetchmany(_AT_ONCE):
        sys.stdout.buffer.write(b"".join([value for (value,) in rows]))
    sys.stdout.buffer.write(asked["head"].encode())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
