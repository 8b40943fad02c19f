"""How much room a text takes in a cell: Chinese characters count double."""

import re

from app.short import kept_if_short

_WIDE_CHARACTERS = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6“”‘’…—\U00020000-\U0003fffd]"
)
"""What takes the room of two letters: Han, kana, Hangul, full-width forms, and the marks that a Chinese face sets as wide."""


@kept_if_short(2**14)
def line_widths(words: str) -> tuple[int, ...]:
    """The widths of the lines of a text; asked twice, for the column and for the row."""
    return tuple(map(letters, words.split("\n")))


def letters(line: str) -> int:
    """How many letters would take the room of a line."""
    return len(line) if line.isascii() else 2 * len(line) - len(_WIDE_CHARACTERS.sub("", line))


def is_short(words: str, width: int) -> bool:
    """Whether a text is sure to take one line of a column, which most are: every character can be a wide one."""
    return 2 * len(words) < 0.9 * (width - 1) and "\n" not in words


def line_count(words: str, width: int) -> int:
    """How many lines a text takes in a column; a little more than it may need."""
    widths = line_widths(words)
    return len(widths) + sum(int(one * 1.08) // max(1, width - 1) for one in widths)
