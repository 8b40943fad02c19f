"""The tables as statements see them: a table model types its attributes as values, which no expression is, so here they are Any."""

from typing import Any

from app import tables, tables_actions, tables_imports, tables_people, tables_references

ORGANIZATION: Any = tables_references.Organization
FRAMEWORK: Any = tables_references.Framework
EVENT: Any = tables_references.Event
EVENT_ORGANIZER: Any = tables_references.EventOrganizer
DOCUMENT: Any = tables_references.Document
COMMITMENT: Any = tables.Commitment
COMMITMENT_ADDRESSEE: Any = tables.CommitmentAddressee
COMMITMENT_TERMS: Any = tables.CommitmentTerms
STATUS_UPDATE_TERMS: Any = tables.StatusUpdateTerms
ACTION_TERMS: Any = tables_actions.ActionTerms
COMMITMENT_TALLY: Any = tables.CommitmentTally
COMMITMENT_TAG: Any = tables.CommitmentTag
COMMITMENT_RESPONSIBLE: Any = tables.CommitmentResponsible
STATUS_UPDATE: Any = tables.StatusUpdate
CONFIRMATION: Any = tables.Confirmation
ACTION: Any = tables_actions.Action
ACTION_PARTNER: Any = tables_actions.ActionPartner
LINK: Any = tables_actions.Link
EQUIVALENCE: Any = tables.Equivalence
USER: Any = tables_people.User
AFFILIATION: Any = tables_people.Affiliation
TOKEN: Any = tables_people.Token
SIGN_IN: Any = tables_people.SignIn
ONE_TIME_SECRET: Any = tables_people.OneTimeSecret
THROTTLE: Any = tables_people.Throttle
IMPORT_DRAFT: Any = tables_imports.ImportDraft
SECURITY_EVENT: Any = tables_people.SecurityEvent


def is_published(update: Any) -> Any:
    """Whether an update is published, which the table ties to its number; asked by the state, engines tend to go over all there are."""
    return update.published_no.is_not(None)
