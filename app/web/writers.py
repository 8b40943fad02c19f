"""Everything that writes to SQLite runs in one thread; what waits while it works shares the next trip to the disk."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from app.db import Database
from app.errors import Problem, Unavailable

T = TypeVar("T")
MOST = 32
"""How many writes may share one transaction: enough for a slow disk, and not so many that a fault of the disk costs much."""
LONGEST = 0.05
"""Seconds after which a transaction takes in no more writes, so that other processes get their turn."""
BUSY, REST = 1.0, 0.02
"""After so many seconds without a pause the thread rests for a moment, in which a process that waits for the lock file will look again."""


class _Work(NamedTuple):
    """A handler that waits for its turn, and who waits for it."""

    handler: Callable[[], Any]
    answer: asyncio.Future[Any]


_Done = tuple[_Work, Any, BaseException | None]


class Writers:
    """The thread and its queue. An answer is given when the transaction that it stands on is on the disk."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="write", daemon=True)
        self._thread.start()

    async def run(self, handler: Callable[[], T]) -> T:
        """What the handler returns or raises, once it is stored. Raises Unavailable where it could not be stored."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Work(handler, answer))
        return await answer

    def close(self) -> None:
        """Finish what waits, and end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        rested = asked = time.monotonic()
        while (work := self._waiting.get()) is not None:
            began = time.monotonic()
            if began - asked >= REST:
                rested = began
            elif began - rested >= BUSY:
                time.sleep(REST)
                rested = time.monotonic()
            _answer(self._done(work))
            asked = time.monotonic()

    def _done(self, first: _Work) -> list[_Done]:
        """The outcomes of the first and of those that wait by now, all of them stored or refused."""
        done: list[_Done] = []
        try:
            with self._db.together():
                done += ((work, *_outcome(work.handler)) for work in self._present(first))
        except Exception as failure:  # nothing is stored, and what was found out on the way may not be true
            return [(work, None, _refusal(failure)) for work, *_ in done]
        return done

    def _present(self, first: _Work) -> Iterator[_Work]:
        began = time.monotonic()
        yield first
        for _ in range(MOST - 1):
            if self._waiting.empty() or time.monotonic() - began >= LONGEST:
                return
            work = self._waiting.get()
            if work is None:
                self._waiting.put(None)
                return
            yield work


def _outcome(handler: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return handler(), None
    except BaseException as error:  # whatever it is belongs to the one who waits for it
        return None, error


def _refusal(failure: Exception) -> Problem:
    """One for each answer, since each is raised by itself."""
    refused = Unavailable()
    refused.__cause__ = failure
    return refused


def _answer(done: list[_Done]) -> None:
    """Wake each event loop once, for all who wait there: a service has one, whoever embeds it may have several."""
    for loop in {work.answer.get_loop() for work, *_ in done}:
        with contextlib.suppress(RuntimeError):  # it has ended, and with it whoever asked
            loop.call_soon_threadsafe(_give, [one for one in done if one[0].answer.get_loop() is loop])


def _give(done: list[_Done]) -> None:
    for work, result, error in done:
        if work.answer.cancelled():  # whoever asked is gone
            continue
        if error is None:
            work.answer.set_result(result)
        else:
            work.answer.set_exception(error)
