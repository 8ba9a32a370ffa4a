"""What entries, accounts and rules of points are called on screen: one source for members, officers and everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tcloud.core.actors import AUDITOR, COMPANY, GATEWAY, OFFICER, SUPPLIER, SYSTEM
from tcloud.core.models import Event
from tcloud.core.money import points as figure
from tcloud.programme.models import Programme

Words = str | Promise


@dataclass(frozen=True)
class Transfer:
    """A code of the chart in a company's words, long and short, in the office's, and the rule it follows."""

    company: Words
    short: Words
    office: Words
    rule: str


TRANSFERS: Final[dict[str, Transfer]] = {
    "appropriate": Transfer(
        gettext_lazy("主辦單位撥入預算"), gettext_lazy("撥入預算"), gettext_lazy("撥入預算"), "R-12"
    ),
    "reduce": Transfer(
        gettext_lazy("主辦單位減列預算"), gettext_lazy("減列預算"), gettext_lazy("減列預算"), "R-12"
    ),
    "grant": Transfer(gettext_lazy("核發點數"), gettext_lazy("核發"), gettext_lazy("核發"), "R-11"),
    "reserve": Transfer(gettext_lazy("為訂單保留"), gettext_lazy("保留"), gettext_lazy("保留"), "R-17"),
    "release": Transfer(
        gettext_lazy("訂單沒有完成，退回點數"), gettext_lazy("退回"), gettext_lazy("釋出"), "R-16"
    ),
    "redeem": Transfer(
        gettext_lazy("訂單完成，折抵點數"), gettext_lazy("折抵"), gettext_lazy("核銷"), "R-18"
    ),
    "return": Transfer(
        gettext_lazy("逾期未啟用，收回點數"), gettext_lazy("未啟用收回"), gettext_lazy("未啟用收回"), "R-13"
    ),
    "expire": Transfer(
        gettext_lazy("到期，收回點數"), gettext_lazy("到期收回"), gettext_lazy("到期收回"), "R-14"
    ),
    "reverse": Transfer(
        gettext_lazy("承辦人員撤銷，收回點數"), gettext_lazy("撤銷收回"), gettext_lazy("撤銷收回"), "R-18"
    ),
}
OF_COMPANIES: Final = ("grant", "reserve", "release", "redeem", "return", "expire", "reverse")


def transfer_words(code: str, *, office: bool = False, short: bool = False) -> Words:
    """The code's name for a company or for the office, whose words are short; one without words is shown as it is."""
    found = TRANSFERS.get(code)
    if found is None:
        return code
    return found.office if office else found.short if short else found.company


def rule_of(code: str, event: Event | None = None) -> str:
    """The rule an entry follows. Points that an order gives back after their end are taken back by R-16, not R-14."""
    if code == "expire" and event is not None and event.case.startswith("order/"):
        return "R-16"
    found = TRANSFERS.get(code)
    return found.rule if found else "R-18"


ACCOUNTS: Final[dict[str, tuple[Words, Words]]] = {
    # the account's kind: in a company's words, in the office's
    "authority": (gettext_lazy("主辦單位"), gettext_lazy("主辦單位")),
    "appropriation": (gettext_lazy("本期預算"), gettext_lazy("本期預算")),
    "available": (gettext_lazy("貴公司可用"), gettext_lazy("企業可用")),
    "reserved": (gettext_lazy("為訂單保留"), gettext_lazy("為訂單保留")),
    "payable": (gettext_lazy("應付供應商"), gettext_lazy("應付供應商")),
}


def kind_of(key: str) -> str:
    """The kind of a ledger account: "grant/17/reserved" is "reserved"."""
    parts = key.split("/")
    return parts[-1] if parts[0] == "grant" else parts[0]


def account_words(key: str, *, office: bool = False, suppliers: Mapping[str, str] | None = None) -> Words:
    """The account's name; a payable account with its supplier's, by 統編, where it is known."""
    kind = kind_of(key)
    if kind == "payable":
        ubn = key.rsplit("/", 1)[-1]
        return _("應付%(supplier)s") % {"supplier": (suppliers or {}).get(ubn, ubn)}
    return ACCOUNTS[kind][office] if kind in ACCOUNTS else key


ACTORS: Final[dict[str, Words]] = {
    COMPANY: gettext_lazy("貴公司"),
    SUPPLIER: gettext_lazy("供應商"),
    OFFICER: gettext_lazy("承辦人員"),
    AUDITOR: gettext_lazy("稽核"),
    GATEWAY: gettext_lazy("金流平台"),
    SYSTEM: gettext_lazy("系統"),
}


def actor_words(event: Event) -> Words:
    """Who acted, as a company is told: by the part played, never by the name of an officer."""
    return ACTORS.get(event.actor_kind, ACTORS[SYSTEM])


@dataclass(frozen=True)
class Rule:
    """A rule of the programme with its name and what it says, in the edition's numbers."""

    number: str
    title: Words
    text: Words = ""


RULES: Final[dict[str, Words]] = {
    "R-11": gettext_lazy("填完自評表，獲得點數"),
    "R-12": gettext_lazy("預算用完就候補"),
    "R-13": gettext_lazy("沒有啟用，全數收回"),
    "R-14": gettext_lazy("到期沒有用完，剩餘收回"),
    "R-15": gettext_lazy("月份怎麼算"),
    "R-16": gettext_lazy("進行中的訂單不受到期影響"),
    "R-17": gettext_lazy("一筆訂單可以用多少點"),
    "R-18": gettext_lazy("每一點都記帳"),
}


def rules(programme: Programme) -> list[Rule]:
    """The rules of points in plain words, every number from the edition."""
    facts = {
        "points": figure(programme.grant_points),
        "activation": programme.activation_months,
        "expiry": programme.expiry_months,
        "share": f"{programme.points_share_numerator}/{programme.points_share_denominator}",
        "least": programme.min_points,
    }
    texts = {
        "R-11": _("通過資格查驗、填完數位需求自評表，就獲得%(points)s點，並以E-mail通知。每家企業一次。"),
        "R-12": _("點數只從本期預算核發，不會超過預算。預算用完時，依完成自評的先後候補；有點數收回，由排在最前面的企業先獲得。"),
        "R-13": ngettext(
            "獲得點數後%(activation)d個月內沒有送出使用點數的訂單，點數全數收回，可以再次申請。送出過一次就算啟用，之後撤回或取消訂單也不影響。",
            "獲得點數後%(activation)d個月內沒有送出使用點數的訂單，點數全數收回，可以再次申請。送出過一次就算啟用，之後撤回或取消訂單也不影響。",
            programme.activation_months,
        ),
        "R-14": ngettext(
            "獲得點數後%(expiry)d個月，沒有用掉、也沒有為訂單保留的點數收回，不得再次申請。期限一過就不能使用，不等系統收回。",
            "獲得點數後%(expiry)d個月，沒有用掉、也沒有為訂單保留的點數收回，不得再次申請。期限一過就不能使用，不等系統收回。",
            programme.expiry_months,
        ),
        "R-15": _("獲得點數當天不算，從第二天起算，到相當日前一天的24:00（臺北時間）；從1日起算的，以及沒有相當日的，到月底的24:00（民法第120、121條）。"),
        "R-16": _("已為訂單保留的點數，不會因為到期而失效。訂單沒有完成時點數退回；退回時已經過了期限，就立即收回。"),
        "R-17": _("1點折抵NT$1，一筆訂單最多用到價格的%(share)s（小數捨去），也不超過可用的點數，至少%(least)d點；其餘由貴公司自付。先用先到期的點數。"),
        "R-18": _("點數從一個帳戶轉到另一個帳戶，兩邊同時記帳，只增不改；更正也是新的一筆。每一筆都指出造成它的事件。"),
    }  # fmt: skip
    return [Rule(number, title, texts[number] % facts) for number, title in RULES.items()]
