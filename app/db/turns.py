"""Whose turn it is to write: a transaction of its own for one write, or one that several share."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection

from app.db import ledger
from app.db.backends import Backend
from app.errors import Unavailable


class Turn:
    """A transaction of the one writer, and the head of the ledger as it stands in it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.head = ledger.head(connection)


class Turns:
    """Gives turns to the threads of this process, and waits for other processes."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._mine = threading.local()

    @contextmanager
    def one(self) -> Iterator[Turn]:
        """The turn of one write; what it did is stored when the block ends, or with the others of `together`."""
        shared: _Shared | None = getattr(self._mine, "shared", None)
        if shared is None:
            with transaction(self._backend) as turn:
                yield turn
        else:
            with shared.step() as turn:
                yield turn

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let the writes of this thread share a transaction, which begins with the first of them and is stored when the block ends."""
        with ExitStack() as stack:
            self._mine.shared = shared = _Shared(self._backend, stack)
            try:
                yield
            finally:
                self._mine.shared = None
            shared.stand()


@contextmanager
def transaction(backend: Backend) -> Iterator[Turn]:
    """A transaction while nobody else writes."""
    with backend.write_turn(), backend.writers.connect() as connection, connection.begin():
        backend.lock_ledger(connection)
        yield Turn(connection)


class _Shared:
    """A transaction of several writes, each of which can be undone by itself."""

    def __init__(self, backend: Backend, stack: ExitStack) -> None:
        self._backend, self._stack = backend, stack
        self._turn: Turn | None = None

    @contextmanager
    def step(self) -> Iterator[Turn]:
        turn = self._turn = self._turn or self._stack.enter_context(transaction(self._backend))
        self.stand()
        with self._backend.step(turn.connection):
            yield turn

    def stand(self) -> None:
        """Raise Unavailable where the transaction is gone (a full disk ends it): nothing may go on as if it were there."""
        if self._turn is not None and not self._backend.stands(self._turn.connection):
            raise Unavailable
