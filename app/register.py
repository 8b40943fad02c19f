"""What is a record: every kind with its key and its children, in an order in which each comes after those it points to."""

from typing import Any

from sqlmodel import SQLModel

from app.db.records import Child, Kind, Register, Searched
from app.names import action_names, commitment_names, document_names, update_names
from app.tables import (
    Commitment,
    CommitmentAddressee,
    CommitmentResponsible,
    CommitmentTag,
    CommitmentTerms,
    Confirmation,
    Equivalence,
    StatusUpdate,
    StatusUpdateTerms,
)
from app.tables_actions import Action, ActionPartner, ActionTerms, Link
from app.tables_references import Document, Event, EventOrganizer, Framework, Organization


def _table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]  # set by SQLModel for table models


REGISTER = Register(
    (
        Kind("organization", _table(Organization), ("code",)),
        Kind("framework", _table(Framework), ("code",)),
        Kind("event", _table(Event), ("code",), (Child("organizers", _table(EventOrganizer), "event_id"),)),
        Kind("document", _table(Document), ("symbol",), names=document_names),
        Kind(
            "commitment",
            _table(Commitment),
            ("ref",),
            (
                Child("addressees", _table(CommitmentAddressee), "commitment_id"),
                Child("frameworks", _table(CommitmentTag), "commitment_id"),
                Child("responsible", _table(CommitmentResponsible), "commitment_id"),
            ),
            commitment_names,
            Searched(_table(CommitmentTerms), ("text",)),
        ),
        Kind(
            "status_update",
            _table(StatusUpdate),
            ("ref",),
            names=update_names,
            searched=Searched(_table(StatusUpdateTerms), ("narrative",)),
        ),
        Kind("confirmation", _table(Confirmation), ("commitment_id", "confirmed_on")),
        Kind(
            "action",
            _table(Action),
            ("ref",),
            (Child("partners", _table(ActionPartner), "action_id"),),
            action_names,
            Searched(_table(ActionTerms), ("title", "description")),
        ),
        Kind("link", _table(Link), ("action_id", "commitment_id")),
        Kind("equivalence", _table(Equivalence), ("entity", "ref", "field")),
    )
)
