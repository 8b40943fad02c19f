"""What the head of every page offers, according to who asks: nothing is shown that would be refused."""

import msgspec

from app.actors import Actor, Permission
from app.errors import N_


class Entry(msgspec.Struct, frozen=True):
    """A place to go: the first part of its path, its name, and the permission it takes."""

    path: str
    name: str
    permission: Permission = Permission.READ


READERS = (
    Entry("commitments", N_("Commitments")),
    Entry("actions", N_("Actions")),
    Entry("events", N_("Workshops")),
    Entry("reports", N_("Reports")),
)
"""For everybody."""
MORE = (
    Entry("documents", N_("Documents")),
    Entry("organizations", N_("Organizations")),
    Entry("frameworks", N_("Frameworks")),
)
"""For everybody, at the foot of the page."""
STAFF = (
    Entry("review", N_("Review queue"), Permission.PUBLISH),
    Entry("drafts", N_("Our drafts"), Permission.DRAFT),
    Entry("imports", N_("Import"), Permission.PUBLISH),
    Entry("people", N_("People"), Permission.ADMIN),
)
"""For those who work here, in a line of its own."""


def offered(entries: tuple[Entry, ...], actor: Actor | None) -> list[Entry]:
    """The entries for somebody; None for a caller who is not known."""
    return [entry for entry in entries if entry.permission is Permission.READ or (actor is not None and actor.may(entry.permission))]
