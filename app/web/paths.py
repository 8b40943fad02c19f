"""Parts of paths: ASCII names of ours, anything else is nothing at this address."""

import re
from typing import Any

from app.errors import NotFound

_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,47}")
_UPDATE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,47}\.[1-9][0-9]{0,8}")
_ACTION = re.compile(r"A[1-9][0-9]{0,17}")
_USER = re.compile(r"u-[0-9a-f]{16}")
_PLACE = re.compile(r"s[1-9][0-9]{0,8}")
_TOKEN = re.compile(r"t[1-9][0-9]{0,8}")
_IMPORT = re.compile(r"i-[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def ref_part(value: str) -> str:
    return _matched(value, _REF)


def update_part(value: str) -> str:
    return _matched(value, _UPDATE)


def action_part(value: str) -> str:
    return _matched(value, _ACTION)


def name_part(value: str) -> str:
    return _matched(value, _NAME)


def import_part(value: str) -> str:
    return _matched(value, _IMPORT)


def user_part(value: str) -> str:
    return _matched(value, _USER)


def place_part(value: str) -> int:
    return int(_matched(value, _PLACE)[1:])


def token_part(value: str) -> int:
    return int(_matched(value, _TOKEN)[1:])


def _matched(value: str, pattern: Any) -> str:
    """A part of the path that can be a name of ours. Raises NotFound."""
    if not pattern.fullmatch(value):
        raise NotFound
    return str(value)
