"""What changed between two texts: by words where there are spaces, by characters in Chinese."""

import difflib
import re

Piece = tuple[str, str]
"""`same`, `out` or `in`, and the text."""
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:['’.-][A-Za-z0-9]+)*|\s+|.", re.DOTALL)
MOST_TOKENS = 4_000
"""Beyond so many tokens the texts are told as a whole: comparing takes quadratic time."""


def pieces(before: str, after: str) -> list[Piece]:
    """The texts as one, with what went out and what came in."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > MOST_TOKENS:
        return [("out", before), ("in", after)]
    found: list[Piece] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        found += [piece for piece in (("out", "".join(old[a:b])), ("in", "".join(new[c:d]))) if piece[1]]
    return found
