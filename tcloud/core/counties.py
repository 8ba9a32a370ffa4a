"""The 22 counties and cities (直轄市、縣市), by which closures are announced (R-28). Pure."""

import re
import unicodedata
from typing import Final


def _(name: str) -> str:
    """Marks a name for the catalogue; it is translated where it is shown."""
    return name


# in the order in which the government lists them
COUNTIES: Final[tuple[str, ...]] = (
    _("臺北市"), _("新北市"), _("桃園市"), _("臺中市"), _("臺南市"), _("高雄市"), _("基隆市"), _("新竹市"), _("嘉義市"),
    _("新竹縣"), _("苗栗縣"), _("彰化縣"), _("南投縣"), _("雲林縣"), _("嘉義縣"), _("屏東縣"), _("宜蘭縣"), _("花蓮縣"),
    _("臺東縣"), _("澎湖縣"), _("金門縣"), _("連江縣"),
)  # fmt: skip
NATION: Final = ""  # in the place of a county: everywhere, or (of a party) not known

# U+5DFF 巿 stands for 市 in real addresses (PROTOCOLS §3)
SAME_CHARACTERS: Final = str.maketrans({"台": "臺", "\u5dff": "市"})
# Counties that became cities; old registrations still say them
_RENAMED: Final = {
    "臺北縣": "新北市",
    "桃園縣": "桃園市",
    "臺中縣": "臺中市",
    "臺南縣": "臺南市",
    "高雄縣": "高雄市",
}
_BEGINS: Final = re.compile(
    rf"(?:\(?\d{{3,6}}\)?)?(?:中華民國)?(?:臺灣省|福建省)?({'|'.join((*COUNTIES, *_RENAMED))})"
)


def county_of(address: str) -> str:
    """R-28: the county of a registered address; NATION ("") when it does not begin with one.

    A post code or province before it, 台 for 臺, blanks and full-width figures do not matter.
    """
    text = "".join(unicodedata.normalize("NFKC", address).split()).translate(SAME_CHARACTERS)
    found = _BEGINS.match(text)
    return _RENAMED.get(found[1], found[1]) if found else NATION
