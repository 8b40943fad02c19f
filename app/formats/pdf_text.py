"""The words of a finished PDF in their order, with the size they are set in; what repeats on every page, and drawings, are left out."""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader

_ARTIFACT = "/Artifact"
_ALTERNATIVE = "/Alt"


def runs(data: bytes) -> Iterator[tuple[str, float]]:
    """Stretches of text with their size, page by page; page heads, feet and repeated table heads are artifacts and no words."""
    for page in PdfReader(io.BytesIO(data)).pages:
        yield from _Page(page).found


class _Page:
    def __init__(self, page: Any) -> None:
        self.found: list[tuple[str, float]] = []
        self._left_out: list[bool] = []
        page.extract_text(visitor_operand_before=self._mark, visitor_text=self._text)

    def _mark(self, operator: bytes, operands: list[Any], *_: Any) -> None:
        if operator in (b"BDC", b"BMC"):
            self._left_out.append(operands[0] == _ARTIFACT or _ALTERNATIVE in operands[-1])
        elif operator == b"EMC" and self._left_out:
            self._left_out.pop()

    def _text(self, text: str, _cm: Any, _tm: Any, _font: Any, size: float) -> None:
        if text.strip() and not any(self._left_out):
            self.found.append((text, size))
