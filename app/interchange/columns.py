"""The columns of the tables that are exported: their names, what they are called in both languages, and what they hold."""

from typing import NamedTuple

from app.formats.cells import Kind
from app.i18n import Lang

CODE, TEXT, NUMBER, DATE = Kind.CODE, Kind.TEXT, Kind.NUMBER, Kind.DATE


class Field(NamedTuple):
    """A column: its name in CSV and in the rows, its headings, and its explanation. `editable`: an import may change it."""

    name: str
    kind: Kind
    zh: str
    en: str
    about_zh: str = ""
    about_en: str = ""
    editable: bool = False

    @property
    def lang(self) -> Lang | None:
        """The language of a column that holds one side of a text."""
        return next((lang for lang in Lang if self.name.endswith(f"_{lang}")), None)

    def heading(self, langs: tuple[Lang, ...]) -> str:
        """What it is called in these languages; the side of a text is named by its own language."""
        return " / ".join(getattr(self, lang) for lang in Lang if lang in langs)


_REF = "不变的公开编号；新增的行留空"
_REF_EN = "the public name, which never changes"
_VERSION = Field(
    "version",
    NUMBER,
    "版本",
    "Version",
    "该记录的更改次数；导入时据此发现其间的更改",
    "counts the changes of the record; an import sees by it what changed meanwhile",
)

COMMITMENTS = (
    Field("ref", CODE, "编号", "Ref", "承诺或分项的公开编号，不变", "the public name of the commitment or part, which never changes"),
    Field("citation_zh", CODE, "出处（中文）", "Citation (Chinese)", "如何引用", "how it is cited", editable=True),
    Field("citation_en", CODE, "出处（英文）", "Citation (English)", "如何引用", "how it is cited", editable=True),
    Field("lead_verb_zh", CODE, "起首动词（中文）", "Lead verb (Chinese)", "", "", editable=True),
    Field("lead_verb_en", CODE, "起首动词（英文）", "Lead verb (English)", "", "", editable=True),
    Field("text_zh", TEXT, "案文（中文）", "Text (Chinese)", "正式案文不可通过本表更改", "official text cannot be changed by this table", editable=True),
    Field("text_en", TEXT, "案文（英文）", "Text (English)", "正式案文不可通过本表更改", "official text cannot be changed by this table", editable=True),
    Field("status", CODE, "状态代码", "Status code", "由已发布的进展情况得出", "follows from the published updates"),
    Field("status_zh", CODE, "状态（中文）", "Status (Chinese)", "中文用语未经核实", "the Chinese terms are not verified"),
    Field("status_en", CODE, "状态（英文）", "Status (English)", "", ""),
    Field("status_effective_on", DATE, "状态生效日期", "Effective date of the status", "", "the day from which the status holds"),
    Field("last_confirmed_on", DATE, "上次确认日期", "Last confirmed on", "", "the last day on which it was said to hold"),
    Field("review_due_on", DATE, "复核到期日", "Review due on", "", ""),
    Field("responsible", CODE, "负责机构", "Responsible", "机构代码，以分号隔开", "ids of organizations, separated by semicolons", editable=True),
    Field("target_on", DATE, "目标日期", "Target date", "年-月-日", "year-month-day", editable=True),
    Field("tracking", CODE, "跟踪方式", "Tracking", "operational（行动性）、declaratory（宣示性）", "operational: asks somebody to act; declaratory: states a position"),
    Field("kind", CODE, "类别", "Kind", "preambular（序言段）、operative（执行段）、conclusion（结论）、recommendation（建议）", "preambular, operative, conclusion or recommendation"),
    Field("document", CODE, "文件", "Document", "联合国文号", "the symbol of the document"),
    Field("label", CODE, "文中编号", "Number in the text", "文件中的段号", "the paragraph number as printed", editable=True),
    Field("level", CODE, "层级", "Level", "commitment（承诺）、part（分项）", "commitment, or part of one"),
    Field("parent", CODE, "所属承诺", "Parent", "分项所属的承诺", "the commitment a part belongs to"),
    Field("position", NUMBER, "序号", "Position", "在文件中或在承诺中的次序", "its place in the document or in its commitment"),
    Field("authority_zh", CODE, "中文地位", "Standing of the Chinese", "official（正式文本）、working（非正式工作译文）、excerpt（摘录）", "official, working translation (unofficial), or excerpt"),
    Field("authority_en", CODE, "英文地位", "Standing of the English", "official（正式文本）、working（非正式工作译文）、excerpt（摘录）", "official, working translation (unofficial), or excerpt"),
    Field("translation", CODE, "语文对应状态", "Translation state", "missing（缺失）、unchecked（未核对）、current（一致）、stale（待重新核对）", "missing, unchecked, current or stale"),
    Field("addressees", CODE, "对象", "Addressees", "机构代码；inferred表示推断", "ids of organizations and groups; (inferred) where the text does not name them"),
    Field("frameworks", CODE, "框架", "Frameworks", "框架:代码；inferred表示推断", "framework:code; (inferred) where the text does not name it"),
    Field("action_count", NUMBER, "行动数", "Actions", "与其或其分项关联的公开行动", "public actions linked to it or to a part"),
    Field("part_count", NUMBER, "分项数", "Parts", "", ""),
    _VERSION,
    Field("updated_at", CODE, "更新时间", "Updated at", "协调世界时", "UTC"),
)  # fmt: skip
STATUS_UPDATES = (
    Field("ref", CODE, "编号", "Ref", _REF, f"{_REF_EN}; empty in a new row"),
    Field("commitment", CODE, "承诺", "Commitment", "所述承诺的编号", "the commitment it is about", editable=True),
    Field("status", CODE, "状态代码", "Status code", "", "", editable=True),
    Field("status_zh", CODE, "状态（中文）", "Status (Chinese)", "中文用语未经核实", "the Chinese terms are not verified"),
    Field("status_en", CODE, "状态（英文）", "Status (English)"),
    Field("effective_on", DATE, "生效日期", "Effective date", "年-月-日", "year-month-day", editable=True),
    Field("narrative_zh", TEXT, "说明（中文）", "Narrative (Chinese)", "", "", editable=True),
    Field("narrative_en", TEXT, "说明（英文）", "Narrative (English)", "", "", editable=True),
    Field("evidence", TEXT, "佐证材料", "Evidence", "每行一项", "one piece on each line"),
    Field("state", CODE, "审核阶段", "Stage of review", "新增的行导入后为草稿", "a new row comes in as a draft"),
    Field("corrects", CODE, "更正", "Corrects", "被本次更正的进展情况", "the update that it corrects"),
    Field("corrected_by", CODE, "被更正", "Corrected by", "更正本次的进展情况", "the update that corrects it"),
    Field("published_no", NUMBER, "发布序号", "Publication no.", "", "counts the publications of the commitment"),
    Field("organization", CODE, "记录机构", "Recorded by", "", "the organization whose people recorded it"),
    Field("recorded_at", CODE, "记录时间", "Recorded at", "协调世界时", "UTC"),
    Field("published_at", CODE, "发布时间", "Published at", "协调世界时", "UTC"),
    _VERSION,
)  # fmt: skip
ACTIONS = (
    Field("ref", CODE, "编号", "Ref", _REF, f"{_REF_EN}; empty in a new row"),
    Field("title_zh", TEXT, "标题（中文）", "Title (Chinese)", "", "", editable=True),
    Field("title_en", TEXT, "标题（英文）", "Title (English)", "", "", editable=True),
    Field("description_zh", TEXT, "说明（中文）", "Description (Chinese)", "", "", editable=True),
    Field("description_en", TEXT, "说明（英文）", "Description (English)", "", "", editable=True),
    Field("event", CODE, "活动", "Event", "活动代码", "the id of an event", editable=True),
    Field("owner", CODE, "牵头机构", "Owner", "机构代码", "the id of an organization", editable=True),
    Field("partners", CODE, "合作机构", "Partners", "机构代码，以分号隔开", "ids of organizations, separated by semicolons", editable=True),
    Field("due_on", DATE, "期限", "Due on", "年-月-日", "year-month-day", editable=True),
    Field("status", CODE, "状态代码", "Status code", "planned、in_progress、completed、cancelled；已有行动的状态不可通过本表更改", "planned, in_progress, completed or cancelled; that of an existing action cannot be changed by this table"),
    Field("status_zh", CODE, "状态（中文）", "Status (Chinese)"),
    Field("status_en", CODE, "状态（英文）", "Status (English)"),
    Field("priority", CODE, "优先程度", "Priority", "normal（一般）、high（高）", "normal or high", editable=True),
    Field("progress", NUMBER, "进度（%）", "Progress (%)", "", "", editable=True),
    Field("commitments", CODE, "承诺", "Commitments", "关联的承诺及关联方式", "the commitments it is linked to, and what it does for them"),
    _VERSION,
    Field("updated_at", CODE, "更新时间", "Updated at", "协调世界时", "UTC"),
)  # fmt: skip
COVERAGE = (
    Field("event", CODE, "活动", "Event", "活动代码", "the id of the event"),
    Field("commitment", CODE, "承诺", "Commitment", "", "the commitment or part"),
    Field("status", CODE, "状态代码", "Status code"),
    Field("status_zh", CODE, "状态（中文）", "Status (Chinese)", "中文用语未经核实", "the Chinese terms are not verified"),
    Field("status_en", CODE, "状态（英文）", "Status (English)"),
    Field("action", CODE, "行动", "Action", "", "the action of the event"),
    Field("title_zh", TEXT, "行动标题（中文）", "Title of the action (Chinese)"),
    Field("title_en", TEXT, "行动标题（英文）", "Title of the action (English)"),
    Field("contribution", CODE, "关联方式", "Contribution", "implements（执行）、partly_addresses（部分涉及）、reports_on（报告）", "implements, partly_addresses or reports_on"),
    Field("orphan", CODE, "无关联", "Orphan", "commitment：无行动的行动性承诺；action：无承诺的行动", "commitment: an operational one that no action serves; action: one that serves none"),
)  # fmt: skip
FIELDS: dict[str, tuple[Field, ...]] = {
    "commitments": COMMITMENTS,
    "status_updates": STATUS_UPDATES,
    "actions": ACTIONS,
    "coverage": COVERAGE,
}
"""The columns of every table by its name."""
FORMERLY = {
    "citation_zh": ("引称（中文）", "Citation (Chinese)"), "citation_en": ("引称（英文）", "Citation (English)"),
    "lead_verb_zh": ("主要动词（中文）", "Lead verb (Chinese)"), "lead_verb_en": ("主要动词（英文）", "Lead verb (English)"),
    "status_effective_on": ("状态生效日期", "Effective on"), "effective_on": ("生效日期", "Effective on"),
    "last_confirmed_on": ("最近确认日期", "Last confirmed on"), "review_due_on": ("应复核日期", "Review due on"), "label": ("标号", "Label"), "translation": ("语文对应状态", "Translation"),
    "state": ("进度", "State"), "priority": ("优先次序", "Priority"),
}  # fmt: skip
"""Headings that tables had before: one that was exported then still comes in."""
SHEETS = {"commitments": ("承诺", "Commitments"), "status_updates": ("进展情况", "Status updates"), "actions": ("后续行动", "Actions"), "coverage": ("覆盖情况", "Coverage")}  # fmt: skip
"""What the tables are called as sheets."""
ABOUT = "说明 About"
"""The sheet that explains the others."""
