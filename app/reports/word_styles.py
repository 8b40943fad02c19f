"""How the Word file looks, as its styles: whoever edits it changes them there."""

from app.formats.docx import Style

_SOFT, _ACCENT, _MARK = "555555", "0B4F8A", "7A3B00"
STYLES = {
    "Normal": Style(size=10.5, after=4, line=1.12),
    "Title": Style(size=18, bold=True, after=4, line=1.05, sans=True),
    "Subtitle": Style(size=12, after=3, line=1.1),
    "Heading 1": Style(size=14, bold=True, before=22, after=10, keep_with_next=True, sans=True, rule=_ACCENT),
    "Heading 2": Style(size=11, bold=True, before=15, after=4, keep_with_next=True, sans=True),
    "Heading 3": Style(size=11, bold=True, before=13, after=4, keep_with_next=True, sans=True),
    "Heading 4": Style(size=11, bold=True, before=12, after=4, keep_with_next=True, sans=True),
    "Report Paragraph": Style(base="Normal", after=5),
    "Report Numbered": Style(base="Normal", after=5, hanging=9),
    "Passage": Style(base="Normal", after=5),
    "Fact Label": Style(base="Normal", size=9, before=1.5, after=1.5, line=1.0, color=_SOFT),
    "Fact Value": Style(base="Normal", size=9, before=1.5, after=1.5, line=1.0),
    "Caption": Style(size=10, bold=True, before=10, after=4, keep_with_next=True, sans=True),
    "Table Head": Style(base="Normal", size=8, bold=True, before=2, after=2, line=1.0, sans=True, keep_with_next=True),
    "Table Head Number": Style(base="Table Head", size=8, bold=True, before=2, after=2, line=1.0, align="right", sans=True),
    "Table Cell": Style(base="Normal", size=9, before=2, after=2, line=1.0),
    "Table Cell Number": Style(base="Table Cell", size=9, before=2, after=2, line=1.0, align="right"),
    "Table Total": Style(base="Table Cell", size=9, bold=True, before=2, after=2, line=1.0),
    "Table Total Number": Style(base="Table Cell", size=9, bold=True, before=2, after=2, line=1.0, align="right"),
    "Note": Style(base="Normal", size=9, after=2, line=1.0, color=_SOFT),
    "Contents Title": Style(base="Normal", size=11, bold=True, before=14, after=5, keep_with_next=True, sans=True),
    "toc 1": Style(base="Normal", after=2, line=1.0),
    "Gap": Style(size=4, line=1.0),
    "Running": Style(base="Normal", size=8, color=_SOFT, rule="B8BEC6", right_tab=162),
    "Foot": Style(base="Normal", size=8, line=1.0, color=_SOFT, right_tab=162),
    "Quoted": Style(character=True),
    "Mark": Style(character=True, size=8.5, color=_MARK),
    "Heading Name": Style(character=True, size=9.5, bold=False, color=_SOFT),
}
"""The styles by their names in Word."""
