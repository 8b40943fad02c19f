"""Noting that a sign-in or token was used: seldom, after the answer, and never in the way of one. Reads do not write."""

import logging
from collections import OrderedDict
from concurrent.futures import Executor

from app.actors import system_actor
from app.db import Database
from app.domain.people import STAMP_EVERY
from app.domain.sign_ins import stamp_place, stamp_token
from app.errors import Problem

_MOST = 10_000
_log = logging.getLogger("hainan")


class Stamps:
    """Hands a stamp to a thread of its own, at most once in ten minutes for each row and process."""

    def __init__(self, db: Database, executor: Executor) -> None:
        self.db, self.executor = db, executor
        self._noted: OrderedDict[tuple[bool, int], float] = OrderedDict()

    def note(self, number: int, *, is_place: bool) -> None:
        """A place signed in at, or a token, is being used."""
        key, now = (is_place, number), self.db.clock().timestamp()
        if now - self._noted.get(key, 0) < STAMP_EVERY.total_seconds():
            return
        self._noted[key] = now
        if len(self._noted) > _MOST:
            self._noted.popitem(last=False)
        self.executor.submit(self._write, number, is_place)

    def _write(self, number: int, is_place: bool) -> None:
        try:
            with self.db.write(system_actor("stamps")) as session:
                (stamp_place if is_place else stamp_token)(session, number)
        except Problem as problem:  # the database is busy or away; the next use is noted instead
            self._noted.pop((is_place, number), None)
            _log.warning('{"event": "stamp", "problem": "%s"}', problem.slug)
