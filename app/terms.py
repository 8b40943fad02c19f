"""What search keeps of a text: a term for every Chinese character and for every word. Knows characters, nothing of the tracker.

The term of a character is itself and the four after it, as far as they stand in one run; the term of a word is itself in lower case and
the word after it. Terms stand in the order of the text with spaces between them. So a Chinese word of up to five characters, or one or
two English words, are the beginning of one term, which an index finds at once; anything longer is a phrase of few and rare terms.
"""

import functools
import itertools
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

BREAK = "¶"
"""Stands between texts; no phrase reaches over it, because no query holds it."""
JOINT = "·"
"""Stands between the two words of a term."""
SPAN = 5
"""How many Chinese characters a term has. With two, as is usual, long words take several times as long to find."""
LONGEST = 64
"""A longer word is cut into words of this length."""
_UNSPACED = (
    "\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\ue000-\uf8ff\U00020000-\U0003fffd\U000f0000-\U0010fffd"
)
"""Characters of scripts that are written without spaces: Han, kana, hangul, and private use."""
_LONG_RUN = 100
"""Of runs from this length on, which are rare, nothing is kept that cuts them."""
_RUN = re.compile(f"[{_UNSPACED}]+(?: +[{_UNSPACED}]+)*|[^{_UNSPACED} \n]{{1,{LONGEST}}}")
_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")


class _Folding(dict[int, str]):
    """What becomes of each character: its NFKC form in lower case, a space for white space, a line break for any other separator."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).casefold()
        self[code] = found = "".join(map(_kept, folded))
        return found


def _kept(character: str) -> str:
    if character.isalnum() or unicodedata.category(character)[0] == "M" or unicodedata.category(character) == "Co":
        return character
    return " " if character.isspace() and character not in "\n\u2028\u2029" else "\n"


_FOLDING = _Folding()


def terms(text: str) -> str:
    """The terms of a text."""
    folded = text.translate(_FOLDING)
    if folded.isascii() and (words := folded.split()) and max(map(len, words)) <= LONGEST:
        return _joined(words)  # the same, at once
    return " ".join(_terms(_RUN.findall(folded)))


def _joined(words: Sequence[str]) -> str:
    """`a·b b·c c` of the words a, b, c: each stands twice, with a joint after it and a space before it."""
    found = [" "] * (4 * len(words) - 3)
    found[0::4] = words
    found[1::4] = [JOINT] * (len(words) - 1)
    found[2::4] = words[1:]
    return "".join(found)


def _terms(runs: Sequence[str]) -> list[str]:
    found: list[str] = []
    before = ""  # a word that waits for the word after it
    for run in runs:
        is_word = not _is_unspaced(run[0])
        if before:
            found.append(f"{before}{JOINT}{run}" if is_word else before)
        before = run if is_word else ""
        if not is_word:
            closed = run.replace(" ", "")  # Chinese is not written with spaces: where one stands within a word it says nothing
            found += _spans(len(closed))(closed) if 1 < len(closed) < _LONG_RUN else [closed[n : n + SPAN] for n in range(len(closed))]
    return [*found, before] if before else found


@functools.lru_cache(_LONG_RUN)
def _spans(length: int) -> Callable[[str], tuple[str, ...]]:
    """What cuts a run of this length, 2 at least, into the terms of its characters: in one call, which takes half the time."""
    return operator.itemgetter(*(slice(n, n + SPAN) for n in range(length)))


@functools.lru_cache(10_000)
def _is_unspaced(character: str) -> bool:
    return _UNSPACED_ONE.match(character) is not None


def terms_of(texts: Iterable[str | None]) -> str:
    """The terms of several texts, which no phrase reaches over; a text of signs alone has none."""
    return f" {BREAK} ".join(found for text in texts if text and (found := terms(text)))


def phrase(query: str) -> str:
    """The terms that a text must hold, one directly after the other; a `*` says that the last one is the beginning of a term.

    Empty where there is nothing to look for.
    """
    runs = _RUN.findall(query.translate(_FOLDING))
    found = _terms(runs)
    if not runs:
        return ""
    if not _is_unspaced(runs[-1][0]):
        return " ".join(found[:-1] if len(runs) > 1 and not _is_unspaced(runs[-2][0]) else found) + "*"
    length = len(runs[-1].replace(" ", ""))  # of a run that may go on in the text: its last terms may be longer there
    return " ".join(found[: 1 - SPAN]) if length >= SPAN else " ".join(found[: len(found) - length + 1]) + "*"


def hits(text: str, query: str) -> Iterator[tuple[int, int]]:
    """Where the words of a query stand in a text, as (start, end), in order and apart from each other."""
    wanted = _pattern(query)
    if wanted is None:
        return
    folded = text.translate(_FOLDING)
    if len(folded) == len(text):
        places: Sequence[int] = range(len(text))
    else:  # some character, such as ㎞, becomes several
        places = [place for place, character in enumerate(text) for _ in _FOLDING[ord(character)]]
    for found in wanted.finditer(folded):
        yield places[found.start()], places[found.end() - 1] + 1


def _pattern(query: str) -> re.Pattern[str] | None:
    """The phrase as a pattern over folded text: its words with any separators between them, from the beginning of the first."""
    runs = _RUN.findall(query.translate(_FOLDING))
    if not runs:
        return None
    parts = [" *".join(map(re.escape, run.replace(" ", ""))) if _is_unspaced(run[0]) else re.escape(run) for run in runs]
    between = [_between(one, other) for one, other in itertools.pairwise(runs)]
    first = "" if _is_unspaced(runs[0][0]) else f"(?<![^{_UNSPACED} \n])"
    return re.compile(first + "".join(itertools.chain.from_iterable(itertools.zip_longest(parts, between, fillvalue=""))))


def _between(one: str, other: str) -> str:
    """What may stand between two words: nothing is enough where the script changes; within one script it takes a separator."""
    same = _is_unspaced(one[0]) == _is_unspaced(other[0])
    return "[ \n]+" if same and len(one) < LONGEST else "[ \n]*"
