"""What is read back from a finished report: lines of our words, and somebody's words apart."""

import msgspec

from app.i18n import Lang


class Line(msgspec.Struct, frozen=True):
    """A piece of a finished file in its order. Somebody's words are `free`: they carry no facts of the report.

    An `exact` piece is one fact as a whole. `lang` is the language the file says the piece is in, where it says so.
    """

    text: str
    free: bool = False
    exact: bool = False
    lang: Lang | None = None
