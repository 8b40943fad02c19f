"""Words that somebody looks for, as they come in."""

from typing import Annotated

from msgspec import Meta

from app.terms import phrase

Words = Annotated[
    str,
    Meta(
        max_length=200,
        description="Words to look for in both languages. Several are a phrase. Upper and lower case, full and half width, and what "
        "stands between words do not matter; the last word may be the beginning of one. Chinese words of any length are found.",
        examples=["长期可持续性"],
    ),
]
_NOTHING = "∅"
"""A term that no text has."""


def phrase_asked(words: str) -> str:
    """The phrase to look for; where the words hold no letter, digit or Chinese character, one that finds nothing."""
    return phrase(words) or _NOTHING
