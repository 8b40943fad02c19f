"""Word files: a template built by python-docx and filled by docxtpl, with fonts and languages for Latin and for East Asian text."""

import copy
import datetime as dt
import functools
import io
from collections.abc import Iterator, Mapping
from typing import Any

import docx
import msgspec
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docxtpl import DocxTemplate
from lxml import etree

from app.formats.zips import refixed

_LATIN, _SERIF, _SANS = "Times New Roman", "宋体", "黑体"
_THEME = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
_MAIN, _BODY = "word/document.xml", "BODY"
_CHECKED = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True)
_ALIGN = {"left": WD_ALIGN_PARAGRAPH.LEFT, "right": WD_ALIGN_PARAGRAPH.RIGHT, "justify": WD_ALIGN_PARAGRAPH.JUSTIFY}


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How a style looks; spacing in points, colours as six hex digits. `base` is the style it follows."""

    base: str | None = None
    size: float | None = None
    bold: bool | None = None
    color: str | None = None
    before: float = 0
    after: float = 0
    line: float | None = None
    align: str | None = None
    keep_with_next: bool = False
    sans: bool = False
    left: float = 0
    hanging: float = 0
    rule: str | None = None
    right_tab: float = 0
    character: bool = False


class Picture(msgspec.Struct, frozen=True):
    """A picture with what it shows in words."""

    png: bytes
    width_mm: float
    title: str
    description: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Margins in millimetres, and the XML of the running head and foot."""

    top: float
    bottom: float
    side: float
    header: str
    footer: str


def template(body: str, *, styles: Mapping[str, Style], page: Page, pictures: Mapping[str, Picture], lang: str) -> bytes:
    """A template: `body` is the XML of the paragraphs and tables with Jinja tags, in which `PICTURE:name` stands for a picture."""
    made = docx.Document(io.BytesIO(_styled(tuple(styles.items()), lang)))
    _page(made, page)
    for name, picture in pictures.items():
        body = body.replace(f"PICTURE:{name}", _paragraph_of(made, picture))
    _fill(made.element.body, body)
    return _saved(made)


@functools.cache
def _styled(styles: tuple[tuple[str, Style], ...], lang: str) -> bytes:
    """An empty document with these styles: to make them takes as long as to fill a short report."""
    made = docx.Document()
    _languages(made, lang)
    known = {style.name: style for style in made.styles}
    for name, style in styles:
        _style(made, known, name, style)
    return _saved(made)


def filled(made: bytes, context: Mapping[str, Any], *, title: str, lang: str, moment: dt.datetime, about: str) -> bytes:
    """The document that a template and its data give, the same bytes for the same data.

    docxtpl renders the body as text; it is put into the container as such, because a tree of a long one takes longer than all the rest.
    """
    document = _Template(io.BytesIO(made))
    document.render(dict(context), autoescape=True)
    properties = document.docx.core_properties
    properties.title, properties.language, properties.subject, properties.author = title, lang, about, ""
    properties.created = properties.modified = moment.replace(tzinfo=None, microsecond=0)
    properties.last_modified_by, properties.revision, properties.comments, properties.keywords = "", 1, "", ""
    return refixed(_saved(document), {_MAIN: document.main()})


class _Template(DocxTemplate):  # type: ignore[misc]  # the library has no types
    """The library without what it does for templates made by hand: our runs say their breaks, our tables their columns."""

    body = ""

    def resolve_listing(self, xml: str) -> str:
        return xml

    def build_headers_footers_xml(self, *_: Any) -> Iterator[Any]:
        """Heads and feet hold words as they are and no tags: what somebody wrote there must not be run."""
        return iter(())

    def fix_tables(self, xml: str) -> Any:
        """Keep the body as text; the library goes on with an empty one."""
        self.body = xml
        return etree.Element("body")

    def map_tree(self, tree: Any) -> None:
        """The body does not become a tree."""

    def main(self) -> bytes:
        """The part that holds the body. Raises XMLSyntaxError where it is not well-formed."""
        etree.fromstring(self.body, _CHECKED)
        shell = copy.copy(self.docx.element)
        for child in list(shell):
            shell.remove(child)
        shell.text = _BODY
        made: bytes = etree.tostring(shell, xml_declaration=True, encoding="UTF-8", standalone=True)
        return made.replace(_BODY.encode(), self.body.encode())


def _saved(document: Any) -> bytes:
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _languages(made: Any, lang: str) -> None:
    """The languages of the whole document: what Word checks spelling in where a run says nothing."""
    defaults = made.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    said = OxmlElement("w:lang")
    said.set(qn("w:val"), "en-GB")
    said.set(qn("w:eastAsia"), "zh-CN")
    defaults.append(said)
    made.settings.element.append(parse_xml(f'<w:themeFontLang {nsdecls("w")} w:val="{lang}" w:eastAsia="zh-CN"/>'))


def _style(made: Any, known: Mapping[str, Any], name: str, wanted: Style) -> None:
    kind = WD_STYLE_TYPE.CHARACTER if wanted.character else WD_STYLE_TYPE.PARAGRAPH
    style = known.get(name) or made.styles.add_style(name, kind)
    if wanted.base:
        style.base_style = made.styles[wanted.base]
    style.hidden, style.quick_style = False, True
    _fonts(style, sans=wanted.sans)
    if wanted.size is not None:
        style.font.size = Pt(wanted.size)
    if wanted.bold is not None:
        style.font.bold = wanted.bold
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(wanted.color or "1B1B1B")
    if not wanted.character:
        _spacing(style.paragraph_format, wanted)
        _rule(style, wanted.rule)


def _fonts(style: Any, *, sans: bool) -> None:
    """Name the fonts for every kind of script; the theme would override the names, and old spacing of letters would stay."""
    properties = style.element.get_or_add_rPr()
    for old in (*properties.findall(qn("w:spacing")), *properties.findall(qn("w:kern"))):
        properties.remove(old)
    fonts = properties.get_or_add_rFonts()
    for attribute in _THEME:
        fonts.attrib.pop(qn(f"w:{attribute}"), None)
    for attribute, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", _SANS if sans else _SERIF)):
        fonts.set(qn(f"w:{attribute}"), font)


def _spacing(form: Any, wanted: Style) -> None:
    form.space_before, form.space_after = Pt(wanted.before), Pt(wanted.after)
    form.keep_with_next, form.widow_control = wanted.keep_with_next, True
    if wanted.line:
        form.line_spacing = wanted.line
    if wanted.align:
        form.alignment = _ALIGN[wanted.align]
    if wanted.left or wanted.hanging:
        form.left_indent, form.first_line_indent = Mm(wanted.left + wanted.hanging), Mm(-wanted.hanging)
        form.tab_stops.add_tab_stop(Mm(wanted.left + wanted.hanging))
    if wanted.right_tab:
        form.tab_stops.add_tab_stop(Mm(wanted.right_tab), WD_TAB_ALIGNMENT.RIGHT)


def _rule(style: Any, color: str | None) -> None:
    """A line below; styles that come with one of their own lose it."""
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    if color:
        border = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="10" w:space="3" w:color="{color}"/></w:pBdr>'
        properties.insert_element_before(
            parse_xml(border), "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
        )


def _page(made: Any, page: Page) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(page.top), Mm(page.bottom)
    section.left_margin = section.right_margin = Mm(page.side)
    section.header_distance = section.footer_distance = Mm(12)
    section.different_first_page_header_footer = True
    _fill(section.header._element, page.header)  # noqa: SLF001  # the library has no other way to a part's own element
    _fill(section.first_page_footer._element, page.footer)  # noqa: SLF001
    _fill(section.footer._element, page.footer)  # noqa: SLF001


def _fill(parent: Any, xml: str) -> None:
    """Put the XML, in which Jinja tags stand as text, in place of what is there; the properties of the section stay last."""
    properties = parent.find(qn("w:sectPr"))
    for old in list(parent):
        parent.remove(old)
    whole = etree.fromstring(f"<x {nsdecls('w', 'r', 'wp', 'a', 'pic')}>{xml}</x>")  # made here, from our own template
    parent.text = whole.text
    for element in list(whole):
        parent.append(element)
    if properties is not None:
        parent.append(properties)


def _paragraph_of(made: Any, picture: Picture) -> str:
    paragraph = made.add_paragraph()
    shape = paragraph.add_run().add_picture(io.BytesIO(picture.png), width=Mm(picture.width_mm))
    about = shape._inline.docPr  # noqa: SLF001  # alternative text has no other door
    about.set("descr", picture.description)
    about.set("title", picture.title)
    xml: str = etree.tostring(paragraph._p, encoding="unicode")  # noqa: SLF001
    return xml


def words(document: bytes) -> Iterator[tuple[str, str | None, str | None]]:
    """The text of every run in the order of the file, with its character style and the style of its paragraph; pictures in words."""
    body = docx.Document(io.BytesIO(document)).element.body
    for paragraph in body.iter(qn("w:p")):
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        for run in paragraph.iter(qn("w:r")):
            own = run.find(f"{qn('w:rPr')}/{qn('w:rStyle')}")
            text = "".join("\n" if piece.tag == qn("w:br") else piece.text or "" for piece in run if piece.tag in (qn("w:t"), qn("w:br")))
            text += "".join(about.get("descr", "") for about in run.iter(qn("wp:docPr")))
            yield text, None if own is None else own.get(qn("w:val")), None if style is None else style.get(qn("w:val"))
        yield "\n", None, None
