"""Where reports are made: in two threads of their own, so that a long one holds up nothing else, with a queue of limited length."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from app.errors import Unavailable

THREADS = 2
MOST_WAITING = 8
_CHUNK = 2**16


class Reporters(ThreadPoolExecutor):
    """Takes a report, or refuses it with Unavailable where too many wait already."""

    def __init__(self) -> None:
        super().__init__(THREADS, thread_name_prefix="report")
        self._places = threading.BoundedSemaphore(THREADS + MOST_WAITING)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self._places.acquire(blocking=False):
            raise Unavailable("reports_busy")
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(lambda _: self._places.release())
        return future

    async def streamed(self, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        """The pieces as they are made, in chunks worth sending; what was begun is finished, however many wait."""
        while chunk := await asyncio.wrap_future(super().submit(_some, pieces)):
            yield chunk


def _some(pieces: Iterator[bytes]) -> bytes:
    """The next pieces together; nothing at the end."""
    found: list[bytes] = []
    size = 0
    for piece in pieces:
        found.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            break
    return b"".join(found)
