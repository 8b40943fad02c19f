"""Bars on standard error for whoever watches a command that takes long; nobody else sees anything."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Told(Protocol):
    """Takes how far a step has come, and how far it goes where that was not known before."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


Shown = Callable[[str, int | None], Told]
"""Begins a step by its name and size."""


@contextmanager
def watched(unit: str = "") -> Iterator[Shown]:
    """Shows each step with its rate and the time left."""
    if not sys.stderr.isatty():
        yield lambda name, size: lambda done, total=None: None
        return
    from rich.console import Console  # the bars are for a person who waits only
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    looks = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*looks, TimeRemainingColumn(), console=Console(stderr=True), transient=True, refresh_per_second=4) as bars:

        def shown(name: str, size: int | None) -> Told:
            step = bars.add_task(name, total=size or None, rate="")

            def told(done: int, total: int | None = None) -> None:
                rate = f"{bars.tasks[step].speed or 0:,.0f} {unit}/s" if unit else ""
                bars.update(step, completed=done, total=total, rate=rate)

            return told

        yield shown


@contextmanager
def progress(label: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """One step; yields what counts it on."""
    done = 0
    with watched(unit) as shown:
        told = shown(label, total)

        def count(size: int) -> None:
            nonlocal done
            done += size
            told(done)

        yield count
