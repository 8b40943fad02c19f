"""What is read back from a finished report: lines of our words, and somebody's words apart."""

import msgspec


class Line(msgspec.Struct, frozen=True):
    """A piece of a finished file in its order. Somebody's words are `free`: they carry no facts of the report."""

    text: str
    free: bool = False
