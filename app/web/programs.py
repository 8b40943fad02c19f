"""What the program at the other end calls itself, as people know it."""

_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
"""The first that is named: most browsers also claim to be those after them."""
_SYSTEMS = {"Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Mac OS X": "macOS", "Linux": "Linux"}
_SHOWN = 60


def program(agent: str | None) -> str:
    """The browser and its system; of anything else how it begins."""
    said = agent or "—"
    browser, system = (next((name for sign, name in known.items() if sign in said), None) for known in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, (browser, system))) if browser else said[:_SHOWN]
