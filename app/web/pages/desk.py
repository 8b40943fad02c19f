"""The pages of those who are signed in: what they write, and their accounts."""

from app.web.pages.action_forms import ActionForms, NewActions
from app.web.pages.commitment_forms import CommitmentForms, NewCommitments
from app.web.pages.first_steps import FirstSteps
from app.web.pages.imports import Imports
from app.web.pages.links import ActionLinks, CommitmentLinks
from app.web.pages.people import People, Person
from app.web.pages.profile import Profile
from app.web.pages.reference_forms import DocumentForms, EventForms, OrganizationForms
from app.web.pages.review import Queue, Updates
from app.web.pages.statuses import Confirming, Statuses

DESK = (
    Statuses, Confirming, Queue, Updates, NewActions, ActionForms, ActionLinks, CommitmentLinks, NewCommitments, CommitmentForms,
    DocumentForms, EventForms, OrganizationForms, Imports, People, Person, Profile, FirstSteps,
)  # fmt: skip
