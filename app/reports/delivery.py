"""Handing out a report: in both languages only after both are proved to say the same."""

from collections.abc import Iterator

from app.errors import Conflict, FieldError
from app.i18n import Lang
from app.reports import as_md
from app.reports.blocks import Outline
from app.reports.formats import Format, writer
from app.reports.model import Report
from app.reports.outline import outline
from app.reports.parity import Difference, differences, has_other_words, language_of, tokens
from app.reports.proof import Line
from app.reports.request import Layout, ReportLang
from app.reports.voice import Tick, Voice, voice


def nobody(_done: int, _all: int) -> None:
    """For whoever does not want to know how far it is."""


def delivered(report: Report, format: Format, lang: ReportLang, layout: Layout, tick: Tick = nobody) -> Iterator[bytes]:
    """The file in pieces. Raises Conflict where the two languages of a report in both would not say the same."""
    asked, laid = voice(lang, layout), outline(report)
    if asked.is_both:
        prove(report, laid)
    return writer(format).write(report, laid, asked, tick)


def prove(report: Report, laid: Outline) -> None:
    """Write the report in each language, read both back, and compare them with each other and with the report.

    The twins are Markdown, which is written from the same blocks in the same words as every other format.
    """
    twins = {lang: list(as_md.read(b"".join(as_md.write(report, laid, Voice((lang,)), nobody)))) for lang in Lang}
    found = differences(twins[Lang.ZH], twins[Lang.EN], (Lang.ZH, Lang.EN), strangers=False)
    found += [one for lang in Lang for one in has_other_words(twins[lang], _texts(report, lang))]
    if found:
        raise Conflict("languages_differ", errors=tuple(_named(one) for one in found))


def _texts(report: Report, lang: Lang) -> list[str]:
    """What must stand in the file of a language: the text of every commitment, in their order."""
    return [words for one in report.commitments if (words := getattr(one.text.text, lang)) is not None]


def _named(one: Difference) -> FieldError:
    return FieldError("", "twins_differ", {"behind": one.behind or "—", "zh": one.first or "—", "en": one.second or "—"})


def compared(first: bytes, second: bytes, format: Format) -> int:
    """How many facts two finished files of one format state alike.

    Raises Conflict with the first differences, and where one cannot be read, states nothing, or is in both languages.
    """
    files = [_lines_of(data, format) for data in (first, second)]
    langs = [language_of(lines) for lines in files]
    if format is not Format.JSON and None in langs:
        raise Conflict("not_one_language")
    zh, en = (langs[0] or Lang.ZH, langs[1] or Lang.ZH)
    if found := differences(files[0], files[1], (zh, en)):
        errors = [
            FieldError("", "files_differ_at", {"behind": one.behind or "—", "first": one.first or "—", "second": one.second or "—"})
            for one in found
        ]
        raise Conflict("files_differ", errors=tuple(errors))
    facts = sum(1 for _ in tokens(files[0], zh))
    if not facts:
        raise Conflict("not_readable", format=format.value)
    return facts


def _lines_of(data: bytes, format: Format) -> list[Line]:
    """What a finished file says. Whatever the reader of a format raises, the file is not one of it."""
    try:
        return list(writer(format).read(data))
    except Exception as error:
        raise Conflict("not_readable", format=format.value) from error
