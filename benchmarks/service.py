"""Servers as programs of their own: started on a free port, waited for, and stopped again."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
QUERY = "status=implemented&kind=operative"
START_SECONDS = 60
STOP_SECONDS = 20


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(url: str, process: subprocess.Popen[bytes] | None = None) -> bytes:
    """The body of an address, waited for until the process that serves it has started."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            sys.exit(f"{url} answered {error.code}: {error.read()[:300]!r}")
        except OSError:
            if time.monotonic() > deadline or (process and process.poll() is not None):
                sys.exit(f"nothing answers at {url}")
            time.sleep(0.1)


@contextmanager
def running(command: Sequence[str], probe: str, folder: Path, extra: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it has started when `probe` answers."""
    process = subprocess.Popen(command, cwd=folder, env=os.environ | extra, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        fetch(probe, process)
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


@contextmanager
def tracker(database: Path, memory_mb: int | None = None) -> Iterator[tuple[str, int]]:
    """Run the tracker on a database file; yields its address and the id of its process."""
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--empty", "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}/healthz", ROOT, settings(database, memory_mb)) as process:
        yield f"http://127.0.0.1:{port}", process.pid


def settings(database: Path, memory_mb: int | None = None) -> dict[str, str]:
    """The environment of a tracker on this database."""
    given = {"HAINAN_DATABASE_URL": f"sqlite:///{database.resolve()}"}
    return given if memory_mb is None else given | {"HAINAN_MEMORY_MB": str(memory_mb)}


def hainan(database: Path, *words: str, typed: str = "") -> str:
    """What a command of the tracker printed; one that fails ends the benchmark."""
    command = [sys.executable, "-m", "app", *words]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | settings(database), input=typed, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"hainan {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()
