"""GCIS's data sets, status codes and registering agencies, as data (PROTOCOLS §3)."""

from __future__ import annotations

from dataclasses import dataclass

# Data sets of /od/data/api/<UUID>
KIND_OF_UBN = "673F0FC0-B3A7-429F-9041-E9866836B66D"
COMPANY = "5F64D864-61CB-4D0D-8AD9-492047CC1EA6"
COMPANY_ITEMS = "236EE382-4942-41A9-BD03-CA0709025E7C"
BRANCH = "23632BB3-5DB7-4423-9643-1D4AC140D479"
BUSINESS = "7E6AFA72-AD6A-46D3-8681-ED77951D912D"
BUSINESS_ITEMS = "426D5542-5F05-43EB-83F9-F1300F14E1F1"


@dataclass(frozen=True, slots=True)
class Status:
    """A registration status: its code, whether it is plainly active, and every wording it appears under."""

    code: str
    active: bool
    wordings: tuple[str, ...]


def _closed(code: str, *wordings: str) -> Status:
    return Status(code, False, wordings)


COMPANY_STATUSES: tuple[Status, ...] = (
    Status("01", True, ("核准設立", "核准登記", "核准認許", "核准報備", "核准許可登記", "核准許可報備")),
    _closed("02", "核准設立，但已命令解散"),
    _closed("03", "重整"),
    _closed("04", "解散"),
    _closed("05", "撤銷"),
    _closed("06", "破產"),
    _closed("07", "合併解散"),
    _closed("08", "撤回登記", "撤回認許"),
    _closed("09", "廢止"),
    _closed("10", "廢止認許", "廢止登記"),
    _closed("11", "解散已清算完結"),
    _closed("12", "撤銷已清算完結"),
    _closed("13", "廢止已清算完結"),
    _closed("14", "撤回登記已清算完結", "撤回認許已清算完結"),
    _closed("15", "撤銷登記已清算完結", "撤銷認許已清算完結"),
    _closed("16", "廢止登記已清算完結", "廢止認許已清算完結"),
    _closed("17", "撤銷登記", "撤銷認許"),
    _closed("18", "分割解散"),
    _closed("19", "終止破產"),
    _closed("20", "中止破產"),
    _closed("21", "塗銷破產"),
    _closed("22", "破產程序終結(終止)"),
    _closed("23", "破產程序終結(終止)清算中"),
    _closed("24", "破產已清算完結"),
    _closed("25", "接管"),
    _closed("26", "撤銷無需清算"),
    _closed("27", "撤銷許可"),
    _closed("28", "廢止許可"),
    _closed("29", "撤銷許可已清算完結"),
    _closed("30", "廢止許可已清算完結"),
    _closed("31", "清理"),
    _closed("32", "撤銷公司設立"),
    _closed("33", "清理完結"),
)

BUSINESS_STATUSES: tuple[Status, ...] = (
    Status("01", True, ("核准設立", "核准登記", "核准認許", "核准報備", "核准許可登記", "核准許可報備")),
    _closed("02", "停業"),
    _closed("03", "歇業/撤銷", "歇業", "撤銷"),
    _closed("04", "申覆(辯)期", "申覆(辯)期間"),
    _closed("05", "遷他縣市"),
    _closed("06", "列入廢止中"),
    _closed("07", "廢止"),
    _closed("08", "破產"),
    _closed("09", "設立無效"),
)

MOVED_TO_ANOTHER_COUNTY = "05"

# 申登機關 of 商業登記, needed with a 統編 by BUSINESS: the 22 counties and cities, largest first.
AGENCIES: tuple[tuple[str, str], ...] = (
    ("376410000A", "新北市"),
    ("379100000G", "臺北市"),
    ("376590000A", "臺中市"),
    ("383100000G", "高雄市"),
    ("376430000A", "桃園市"),
    ("376610000A", "臺南市"),
    ("376470000A", "彰化縣"),
    ("376530000A", "屏東縣"),
    ("376490000A", "雲林縣"),
    ("376440000A", "新竹縣"),
    ("376450000A", "苗栗縣"),
    ("376500000A", "嘉義縣"),
    ("376480000A", "南投縣"),
    ("376420000A", "宜蘭縣"),
    ("376580000A", "新竹市"),
    ("376570000A", "基隆市"),
    ("376550000A", "花蓮縣"),
    ("376600000A", "嘉義市"),
    ("376540000A", "臺東縣"),
    ("371010000A", "金門縣"),
    ("376560000A", "澎湖縣"),
    ("371030000A", "連江縣"),
)
AGENCY_CODES = tuple(code for code, _ in AGENCIES)


def status_of(table: tuple[Status, ...], *, code: str, text: str) -> tuple[str | None, bool | None]:
    """(code, plainly active) of a status by its code or wording; (None, None) when unknown or when the two disagree."""
    wanted = text.replace(",", "，").replace("（", "(").replace("）", ")").replace(" ", "")
    by_code = next((status for status in table if code and status.code == code.zfill(2)), None)
    by_text = next((status for status in table if wanted and wanted in status.wordings), None)
    if by_code and by_text and by_code.active != by_text.active:
        return None, None
    found = by_code or by_text
    return (found.code, found.active) if found else (None, None)
