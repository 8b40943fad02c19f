"""What search keeps of a text: lower-cased words and overlapping pairs of Chinese characters. Knows characters, nothing of the tracker.

Terms stand in the order of the text with spaces between them. Every Chinese character begins one: the pair of itself and its neighbour,
or itself alone where a run of them ends. So a word of any length is a phrase of terms, and nothing else is.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

BREAK = "¶"
"""Stands between texts; no phrase reaches over it, because no query holds it."""
LONGEST = 64
"""A longer word is cut into words of this length."""
_PAIRED = (
    "\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\ue000-\uf8ff\U00020000-\U0003fffd\U000f0000-\U0010fffd"
)
"""Characters of scripts that are written without spaces, which are found by pairs: Han, kana, hangul, and private use."""
_RUN = re.compile(f"[{_PAIRED}]+(?: +[{_PAIRED}]+)*|[^{_PAIRED} \n]{{1,{LONGEST}}}")
_IS_PAIRED = re.compile(f"[{_PAIRED}]")
_FIRST_PAIRED = "\u3005"


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
    found: list[str] = []
    for run in _RUN.findall(text.translate(_FOLDING)):
        if run[0] >= _FIRST_PAIRED and _IS_PAIRED.match(run):
            found += _pairs(run)
        else:
            found.append(run)
    return " ".join(found)


def terms_of(texts: Iterable[str | None]) -> str:
    """The terms of several texts, which no phrase reaches over."""
    return f" {BREAK} ".join(terms(text) for text in texts if text)


def _pairs(run: str) -> list[str]:
    run = run.replace(" ", "")  # Chinese is not written with spaces: where one stands within a word it says nothing
    return [run[n : n + 2] for n in range(len(run))]


def phrase(query: str) -> str:
    """The terms that a text must hold, one directly after the other; a `*` says that the last one is the beginning of a term.

    Empty where there is nothing to look for.
    """
    found = terms(query).split(" ")
    if len(found) > 1 and len(found[-2]) > 1 and found[-2].endswith(found[-1]) and _IS_PAIRED.match(found[-2]):
        return " ".join(found[:-1])  # the run may go on in the text
    return " ".join(found) + "*" if found[-1] else ""


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
    parts = [" *".join(map(re.escape, run.replace(" ", ""))) if _IS_PAIRED.match(run) else re.escape(run) for run in runs]
    between = [_between(one, other) for one, other in itertools.pairwise(runs)]
    first = "" if _IS_PAIRED.match(runs[0]) else f"(?<![^{_PAIRED} \n])"
    return re.compile(first + "".join(itertools.chain.from_iterable(itertools.zip_longest(parts, between, fillvalue=""))))


def _between(one: str, other: str) -> str:
    """What may stand between two words: nothing is enough where the script changes; within one script it takes a separator."""
    same = bool(_IS_PAIRED.match(one)) == bool(_IS_PAIRED.match(other))
    return "[ \n]+" if same and len(one) < LONGEST else "[ \n]*"
