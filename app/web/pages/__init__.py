"""The pages: one file per family, each under /zh and /en; everything goes through the same domain functions as the API."""

from app.web.pages.action_forms import ActionForms, NewActions
from app.web.pages.commitments import Commitments
from app.web.pages.doors import SignIn
from app.web.pages.home import Home
from app.web.pages.links import ActionLinks, CommitmentLinks
from app.web.pages.review import Queue, Updates
from app.web.pages.statuses import Confirming, Statuses

PAGES = (Home, Commitments, SignIn, Statuses, Confirming, Queue, Updates, NewActions, ActionForms, ActionLinks, CommitmentLinks)
"""What stands under the path of each language."""
