"""`hainan serve` as a process of its own: started on a free port, killed or stopped, started again; and a client that keeps count."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from app.actors import Role, Scope, system_actor
from app.db import Database, utc_now
from app.db.backends import open_backend
from app.domain.accounts import add_user
from app.domain.columns import TOKEN
from app.domain.tokens import create_token
from app.domain.verify import Verdict, verify
from app.register import REGISTER
from tests.service import API, PASSWORD
from tests.test_cli import free_port

ROOT = Path(__file__).parent.parent
START_SECONDS = 60.0
"""Two busy cores start a server in two seconds, and sometimes in twenty."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Servers here speak plain http: to read all certificate authorities for each client takes longer than most requests."""


class Served:
    """A database with an editor's token, and a server on it that can be killed and started again."""

    def __init__(self, url: str, folder: Path, **environment: str) -> None:
        self.url, self.folder, self.port = url, folder, free_port()
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "HAINAN_DATABASE_URL": url, "HAINAN_LANG": "en", **environment}
        self.log = folder / "server.log"
        self.token = editor_token(url)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *command: str, wait: bool = True, **popen: Any) -> None:
        """Start it in a process group of its own; `command` stands in place of `hainan serve`."""
        words = command or (sys.executable, "-m", "app", "serve")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*words, "--port", str(self.port)], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **popen,
            )  # fmt: skip
        if wait:
            self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5, verify=NO_TLS).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise TimeoutError(self.log.read_text())

    def kill(self) -> None:
        """The end that nobody is told of: SIGKILL for the whole group."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)
            self.process = None

    def stop(self) -> tuple[int, float]:
        """SIGTERM to the main process; its exit code and the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process = None
        return code, time.monotonic() - began

    def client(self, timeout: float = 30) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.address + API, headers=headers, timeout=timeout, verify=NO_TLS)

    def verdict(self) -> Verdict:
        """The proof, from outside the server."""
        db = Database(open_backend(self.url, readers=1), REGISTER)
        try:
            with db.read(system_actor("tests")) as session:
                return verify(session, REGISTER)
        finally:
            db.close()


def editor_token(url: str) -> str:
    db = Database(open_backend(url, readers=1), REGISTER)
    with db.write(system_actor("tests")) as session:
        add_user(session, "editor at the door", Role.EDITOR, "unoosa", PASSWORD)
        session.flush()
        token = create_token(session, "editor at the door", Scope.PUBLISH)
        for row in session.scalars(select(TOKEN)):
            row.last_used_on = utc_now().date()  # so that its first use writes nothing
    db.close()
    return token


@contextmanager
def served(url: str, folder: Path, *, start: bool = True, **environment: str) -> Iterator[Served]:
    """A server that is gone when the block ends, however it ends."""
    server = Served(url, folder, **environment)
    try:
        if start:
            server.start()
        yield server
    finally:
        server.kill()


def commands(environment: Mapping[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the program, run beside the server."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words], cwd=folder, env=dict(environment), text=True, capture_output=True, check=False
    )
