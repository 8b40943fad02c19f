"""Where a handler runs: in a worker thread, or at once on the event loop as long as the database answers quickly.

Threads that share one interpreter lock wait for each other at every row SQLite hands over: answering on the loop is almost three times
as fast. A query that takes longer than its budget is given up there and asked again in a thread, so that it holds up nobody.
Writes to SQLite, which happen one at a time anyway, share one thread for the same reason (`web/writers.py`).
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from app.errors import TookTooLong
from app.web.idempotency import Replayed

T = TypeVar("T")


def in_thread(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """For whatever writes or may take long."""

    @functools.wraps(handler)
    async def run(*args: Any, **kwargs: Any) -> T:
        call = kwargs["call"]
        call.quick = False  # the quick connection belongs to the event loop alone
        return await _once(call, functools.partial(handler, *args, **kwargs))

    return run


async def _once(call: Any, handler: Callable[[], T]) -> T:
    """Run a handler; a POST with a key is claimed meanwhile, and where it was carried out before, the answer is that of then."""
    with call.keyed.claimed() if call.keyed else contextlib.nullcontext():
        queues = call.writers is not None and (call.keyed is None or call.keyed.first)  # a copy is refused without queueing to write
        try:
            if queues:
                return cast(T, await call.writers.run(handler))
            return await asyncio.get_running_loop().run_in_executor(call.executor, handler)
        except Replayed as found:
            return cast(T, found.answer)


def quick(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """For reads that are answered from few rows; `call.quick` says whether this one may be tried on the loop."""
    threaded = in_thread(handler)

    @functools.wraps(handler)
    async def run(*args: Any, **kwargs: Any) -> T:
        call = kwargs["call"]
        if call.quick:
            with contextlib.suppress(TookTooLong):
                return handler(*args, **kwargs)
        return await threaded(*args, **kwargs)

    return run


def importing(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """For a file that came in: looked at in a thread of its own, one after the other, so that no other write waits for it to be read."""
    threaded = in_thread(handler)

    @functools.wraps(handler)
    async def run(*args: Any, **kwargs: Any) -> T:
        call = kwargs["call"]
        call.writers, call.executor = None, call.importer
        return await threaded(*args, **kwargs)

    return run


def exporting(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """For a file of everything: made in a thread of its own, one after the other, so that it takes no connection from other reads."""
    return _by(lambda call: call.exporter, handler)


def reporting(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """For reports: in one of two threads of their own. Raises Unavailable where too many wait."""
    return _by(lambda call: call.reporters, handler)


def _by(executor: Callable[[Any], Any], handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    threaded = in_thread(handler)

    @functools.wraps(handler)
    async def run(*args: Any, **kwargs: Any) -> T:
        call = kwargs["call"]
        call.executor = executor(call)
        return await threaded(*args, **kwargs)

    return run


def hashing(handler: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """For whatever compares or makes a password: in one of two threads of its own, so that a flood of sign-ins holds up nothing else."""
    threaded = in_thread(handler)

    @functools.wraps(handler)
    async def run(*args: Any, **kwargs: Any) -> T:
        call = kwargs["call"]
        call.writers, call.executor = None, call.hashers
        return await threaded(*args, **kwargs)

    return run
