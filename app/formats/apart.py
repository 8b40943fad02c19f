"""A module of ours that runs in a process of its own, within limits: whatever it is given, the service keeps answering."""

import resource
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parent.parent.parent


class ProcessError(Exception):
    """The process failed; the text is what it said."""


class LimitError(ProcessError):
    """The process took more memory or time than it may."""


def run(module: str, *args: str, given: bytes, seconds: float, **environment: str) -> bytes:
    """What a module writes to standard output, run as a program that is given this on standard input. Raises ProcessError."""
    command = [sys.executable, "-m", module, *args]
    environment |= {"PYTHONPATH": str(_FOLDER), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603  # the command is ours
            command, input=given, capture_output=True, timeout=seconds, env=environment, cwd=_FOLDER, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LimitError(f"{module} took {seconds:.0f} s") from error
    if done.returncode:
        kind = LimitError if done.returncode < 0 else ProcessError
        raise kind(f"{module} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def hold_to(*, memory: int, cpu_seconds: int) -> None:
    """Let this process take no more than that; it writes no file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
