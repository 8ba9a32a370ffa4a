"""A plan's content line by line, in words: for the supplier who checks it, the officer who compares two versions, the buyer's preview."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tcloud.catalogue import answers, industries
from tcloud.core import money
from tcloud.core.deadlines import english

Labels = dict[str, Any]
SECTIONS: Final[dict[str, tuple[str | Promise, tuple[str, ...]]]] = {
    "basics": (
        gettext_lazy("名稱與介紹"),
        (
            "solution", "solution_name", "solution_name_en", "category", "name", "name_en", "blurb", "blurb_en", "description",
            "description_en", "features",
        ),
    ),
    "price": (
        gettext_lazy("價格與規格"),
        ("price_twd", "term_months", "seats", "has_trial", "included", "included_en"),
    ),
    "answers": (gettext_lazy("類別問題"), ()),
    "details": (
        gettext_lazy("服務與對象"),
        (
            "data_location", "data_location_en", "certifications", "integrations", "integrations_en", "support", "support_en",
            "export", "export_en", "industries", "employees_from", "employees_to", "keywords",
        ),
    ),
    "files": (gettext_lazy("圖片與文件"), ("files",)),
}  # fmt: skip
LABELS: Final[Labels] = {
    "solution": gettext_lazy("解決方案"),
    "solution_name": gettext_lazy("新解決方案的名稱"),
    "solution_name_en": gettext_lazy("新解決方案的名稱（英文）"),
    "category": gettext_lazy("類別"),
    "name": gettext_lazy("方案名稱"),
    "name_en": gettext_lazy("方案名稱（英文）"),
    "blurb": gettext_lazy("一句話介紹"),
    "blurb_en": gettext_lazy("一句話介紹（英文）"),
    "description": gettext_lazy("說明"),
    "description_en": gettext_lazy("說明（英文）"),
    "features": gettext_lazy("功能"),
    "price_twd": gettext_lazy("價格（含稅）"),
    "term_months": gettext_lazy("期間"),
    "seats": gettext_lazy("使用人數"),
    "has_trial": gettext_lazy("免費試用"),
    "included": gettext_lazy("內容"),
    "included_en": gettext_lazy("內容（英文）"),
    "data_location": gettext_lazy("資料存放"),
    "data_location_en": gettext_lazy("資料存放（英文）"),
    "certifications": gettext_lazy("驗證"),
    "integrations": gettext_lazy("可以串接"),
    "integrations_en": gettext_lazy("可以串接（英文）"),
    "support": gettext_lazy("支援"),
    "support_en": gettext_lazy("支援（英文）"),
    "export": gettext_lazy("資料帶走"),
    "export_en": gettext_lazy("資料帶走（英文）"),
    "industries": gettext_lazy("適合行業"),
    "employees_from": gettext_lazy("適合人數下限"),
    "employees_to": gettext_lazy("適合人數上限"),
    "keywords": gettext_lazy("搜尋用詞"),
    "files": gettext_lazy("圖片與文件"),
}


@dataclass(frozen=True)
class Line:
    """One field: its words now, its words before (None: there was no before), and what is to be said of it."""

    field: str
    label: str | Promise
    now: str
    before: str | None = None
    problem: str | Promise = ""
    remark: str = ""

    @property
    def differs(self) -> bool:
        """Whether the words changed."""
        return self.before is not None and self.before != self.now


@dataclass(frozen=True)
class Group:
    """The lines of a section of the form."""

    code: str
    title: str | Promise
    lines: list[Line] = field(default_factory=list)

    @property
    def problems(self) -> int:
        """How many lines are still to be mended."""
        return sum(bool(line.problem) for line in self.lines)


@dataclass(frozen=True)
class Facts:
    """What the words of a content need beside it: its category's questions, names by code, file titles."""

    template: Sequence[answers.Question] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def groups(
    content: dict[str, Any],
    facts: Facts,
    *,
    before: dict[str, Any] | None = None,
    problems: Mapping[str, Any] | None = None,
    remarks: Mapping[str, str] | None = None,
    new: bool = False,
) -> list[Group]:
    """Every section with its lines; questions of the category as "answers.<code>"."""
    problems, remarks = problems or {}, remarks or {}

    def line(name: str, label: str | Promise, now: str, earlier: str | None) -> Line:
        return Line(name, label, now, earlier, problems.get(name, ""), remarks.get(name, ""))

    made = []
    for code, (title, names) in SECTIONS.items():
        if code == "answers":
            lines = [
                line(
                    f"answers.{question['code']}",
                    answers.label(question, english=english()),
                    _answer(question, content),
                    None if before is None else _answer(question, before),
                )
                for question in facts.template
            ]
        else:
            shown = [name for name in names if new or not _only_new(name)]
            lines = [
                line(
                    name,
                    LABELS[name],
                    words(name, content.get(name), facts),
                    None if before is None else words(name, before.get(name), facts),
                )
                for name in shown
            ]
        made.append(Group(code, title, lines))
    return made


def _only_new(name: str) -> bool:
    return name in {"solution", "solution_name", "solution_name_en", "category"}


def _answer(question: answers.Question, content: Mapping[str, Any]) -> str:
    return answers.words(question, (content.get("answers") or {}).get(question["code"]), english=english())


def words(name: str, value: Any, facts: Facts) -> str:
    """The value as people read it; several lines where it is a list, "" where there is none."""
    if value in (None, "", []):
        return ""
    if name == "price_twd":
        return money.twd(value)
    if name == "term_months":
        return ngettext("%(count)d個月", "%(count)d個月", value) % {"count": value}
    if name in {"seats", "employees_from", "employees_to"}:
        return ngettext("%(count)s人", "%(count)s人", value) % {"count": f"{value:,}"}
    if name == "has_trial":
        return _("有") if value else _("沒有")
    if name in {"solution", "category"}:
        return facts.names.get(str(value), str(value))
    if name == "features":
        return "\n".join(f"{row['zh']}{'／' + row['en'] if row.get('en') else ''}" for row in value)
    if name == "industries":
        return "\n".join(industry(code) for code in value)
    if name == "files":
        return "\n".join(file_line(entry) for entry in value)
    return "\n".join(value) if isinstance(value, list) else str(value)


def industry(code: str) -> str:
    """「56 餐飲業」."""
    found = industries.divisions().get(code)
    return f"{code} {found.name_en if english() else found.name}" if found else code


def file_line(entry: Mapping[str, Any]) -> str:
    """The title of a file in both languages, and its number, so that another picture under the same words is seen to be another."""
    said = f"{entry['title']}{'／' + entry['title_en'] if entry.get('title_en') else ''}"
    return _("%(said)s（檔案%(number)s）") % {"said": said, "number": entry["file"]}


def changed(made: Iterable[Group]) -> int:
    """How many lines differ."""
    return sum(line.differs for group in made for line in group.lines)
