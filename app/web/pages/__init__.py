"""The pages: one file per family, each under /zh and /en; everything goes through the same domain functions as the API."""

from app.web.pages.doors import SignIn
from app.web.pages.home import Home

PAGES = (Home, SignIn)
"""What stands under the path of each language."""
