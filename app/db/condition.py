"""Whether a database can keep its promises at this moment: for `/readyz`, which asks often, and `hainan doctor`, which asks everything."""

import shutil

import msgspec

from app.db import Database
from app.db.backends import Backend
from app.db.facts import is_migrating
from app.db.migrate import needs_migration
from app.errors import Unavailable

LEAST_SHARE = 0.05
LEAST_BYTES = 200 * 2**20
_MIB = 2**20


class Disk(msgspec.Struct, frozen=True):
    """The disk a database file stands on."""

    free: int
    size: int

    @property
    def is_low(self) -> bool:
        return self.free < LEAST_BYTES or self.free < self.size * LEAST_SHARE

    def __str__(self) -> str:
        return f"{self.free // _MIB} MiB of {self.size // _MIB} MiB free"


def disk_of(backend: Backend) -> Disk | None:
    """The disk of a database file; None where a database server keeps the data, whose disk cannot be seen from here."""
    if backend.file is None:
        return None
    usage = shutil.disk_usage(backend.file.parent)
    return Disk(usage.free, usage.total)


def require_ready(db: Database) -> int:
    """The revision, where everything is as it must be. Raises Unavailable: away, being migrated, or its disk nearly full."""
    disk = disk_of(db.backend)
    if disk is not None and disk.is_low:
        raise Unavailable("disk_low")
    with db.read() as session:
        if is_migrating(session.connection) or needs_migration(session.connection):
            raise Unavailable("being_migrated")
    return db.head().seq
