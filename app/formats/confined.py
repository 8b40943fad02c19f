"""Files of strangers are read in a process of its own, one at a time, with little memory and little time.

Whatever a file does to the library that reads it, the service keeps answering: the process ends, and the file is refused.
"""

import json
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from app.formats import commas, xlsx
from app.formats.archive import ArchiveError
from app.formats.cells import Cell

MEMORY = 512 * 2**20
CPU_SECONDS, WALL_SECONDS = 20, 30
_ONE = threading.Lock()
_FOLDER = Path(__file__).parent.parent.parent
Sheets = list[tuple[str, list[list[Cell]]]]


class ReadError(ValueError):
    """The file could not be read; `code` says why, `where` in which cell or row."""

    def __init__(self, code: str, where: str = "", **params: Any) -> None:
        super().__init__(code)
        self.code, self.where, self.params = code, where, params


def read_sheets(content: bytes, kind: str) -> Sheets:
    """The sheets of a workbook (`xlsx`) or the rows of a comma-separated file (`csv`); dates come as texts. Raises ReadError."""
    environment = {"PYTHONPATH": str(_FOLDER), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "app.formats.confined", kind]
    with _ONE:
        try:
            done = subprocess.run(  # noqa: S603  # the command is ours
                command, input=content, capture_output=True, timeout=WALL_SECONDS, env=environment, cwd=_FOLDER, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ReadError("file_too_much", seconds=CPU_SECONDS) from error
    if done.returncode:
        raise ReadError("file_too_much", seconds=CPU_SECONDS)
    said = json.loads(done.stdout)
    if "code" in said:
        raise ReadError(said["code"], said["where"], **said["params"])
    return [(name, rows) for name, rows in said["sheets"]]


def main() -> None:
    """Read standard input within the limits and write what it says to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
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
