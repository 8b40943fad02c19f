"""The pages: one file per family, each under /zh and /en; everything goes through the same domain functions as the API."""

from app.web.pages.actions import Actions
from app.web.pages.commitments import Commitments
from app.web.pages.desk import DESK
from app.web.pages.doors import SignIn
from app.web.pages.events import Events
from app.web.pages.home import Home
from app.web.pages.references import Documents, Frameworks, Organizations
from app.web.pages.reports import Reports
from app.web.pages.search import Search

PAGES = (Home, Commitments, Actions, Events, Reports, Search, Documents, Organizations, Frameworks, SignIn, *DESK)
"""What stands under the path of each language."""
