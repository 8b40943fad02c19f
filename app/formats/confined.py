"""Files of strangers are read in a process of its own, one at a time, with little memory and little time.

Whatever a file does to the library that reads it, the service keeps answering: the process ends, and the file is refused.
"""

import json
import sys
import threading
from typing import Any

from app.formats import apart, commas, xlsx
from app.formats.archive import ArchiveError
from app.formats.cells import Cell

MEMORY = 512 * 2**20
CPU_SECONDS, WALL_SECONDS = 20, 30
_ONE = threading.Lock()
Sheets = list[tuple[str, list[list[Cell]]]]


class ReadError(ValueError):
    """The file could not be read; `code` says why, `where` in which cell or row."""

    def __init__(self, code: str, where: str = "", **params: Any) -> None:
        super().__init__(code)
        self.code, self.where, self.params = code, where, params


def read_sheets(content: bytes, kind: str) -> Sheets:
    """The sheets of a workbook (`xlsx`) or the rows of a comma-separated file (`csv`); dates come as texts. Raises ReadError."""
    with _ONE:
        try:
            done = apart.run("app.formats.confined", kind, given=content, seconds=WALL_SECONDS)
        except apart.ProcessError as error:
            raise ReadError("file_too_much", seconds=CPU_SECONDS) from error
    said = json.loads(done)
    if "code" in said:
        raise ReadError(said["code"], said["where"], **said["params"])
    return [(name, rows) for name, rows in said["sheets"]]


def main() -> None:
    """Read standard input within the limits and write what it says to standard output."""
    apart.hold_to(memory=MEMORY, cpu_seconds=CPU_SECONDS)
    json.dump(_read(sys.stdin.buffer.read(), sys.argv[1]), sys.stdout, default=str, ensure_ascii=False)


def _read(content: bytes, kind: str) -> dict[str, Any]:
    try:
        sheets = list(xlsx.read(content)) if kind == "xlsx" else [("", list(commas.read(content)))]
    except ArchiveError as error:
        return {"code": error.code, "where": "", "params": error.params}
    except xlsx.FormulaError as error:
        return {"code": "formula", "where": f"{error.sheet}!{error.cell}", "params": {}}
    except commas.CommaError as error:
        return {"code": error.code, "where": str(error.row), "params": {}}
    return {"sheets": sheets}


if __name__ == "__main__":
    main()
