"""The pages: one file per family, each under /zh and /en; everything goes through the same domain functions as the API."""

from app.web.pages.commitments import Commitments
from app.web.pages.doors import SignIn
from app.web.pages.home import Home

PAGES = (Home, Commitments, SignIn)
"""What stands under the path of each language."""
