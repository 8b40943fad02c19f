"""The database as the domain sees it: `read()`, `write()`, `revision()`."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.actors import ANONYMOUS, Actor
from app.db import ledger
from app.db.backends import Backend
from app.db.engines import is_interrupted, is_taken
from app.db.records import Register
from app.db.sessions import ReadSession, WriteSession
from app.db.turns import Turns
from app.errors import Conflict, TookTooLong, Unavailable

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Database:
    """One open database. Safe to share between threads; sessions are not."""

    def __init__(self, backend: Backend, register: Register, clock: Clock = utc_now) -> None:
        self.backend, self.register, self.clock = backend, register, clock
        self._head = ledger.Head()
        self._asking = threading.Lock()
        self._turns = Turns(backend)

    @contextmanager
    def read(self, actor: Actor = ANONYMOUS, *, quick: bool = False) -> Iterator[ReadSession]:
        """A session that sees one state of the database. Raises Unavailable where it cannot be reached.

        A `quick` one is for the event loop alone, where the backend has it, and raises TookTooLong rather than holding it up.
        """
        engine = self.backend.quick if quick and self.backend.quick is not None else self.backend.readers
        with _outages(), engine.connect() as connection:
            yield ReadSession(connection, actor, self.clock())

    @contextmanager
    def write(self, actor: Actor, *, reason: str | None = None) -> Iterator[WriteSession]:
        """One transaction of the ledger, on the disk when the block has ended, or that of `together`. Never nest it.

        Raises Unavailable where the database is away or busy; an exception in the block undoes everything.
        """
        with _outages(), self._turns.one() as turn:
            now = ledger.next_moment(turn.head, self.clock())
            session = WriteSession(turn.connection, self.register, actor, now, turn.head, reason)
            try:
                yield session
                session.close_books()
            finally:
                session.close()
            turn.head = session.head

    @contextmanager
    def together(self) -> Iterator[None]:
        """The writes of this thread in the block share one trip to the disk: acknowledge none of them before the block has ended.

        A write that fails undoes only itself. Raises Unavailable where nothing of the block could be stored.
        """
        with _outages(), self._turns.together():
            yield

    def head(self) -> ledger.Head:
        """The head of the ledger; its `seq` is the revision. Cheap where nothing was committed since the last call."""
        with self._asking, _outages():
            if self.backend.moved():
                with self.backend.readers.connect() as connection:
                    self._head = ledger.head(connection)
            return self._head

    def close(self) -> None:
        self.backend.dispose()


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        if isinstance(error, OperationalError) and is_interrupted(error):
            raise TookTooLong from error
        raise Unavailable from error
    except IntegrityError as error:
        if is_taken(error):
            raise Conflict from error
        raise
