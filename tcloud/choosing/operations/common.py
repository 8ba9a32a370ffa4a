"""What several acts need: the company held, texts checked."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import queries as catalogue
from tcloud.catalogue.models import PlanVersion
from tcloud.choosing import rules
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company

SHORTEST: Final = 10
LONGEST: Final = 1000
_HINTS: Final = {
    "email": _("文字裡有電子郵件信箱。這段文字所有人都看得到，請刪除聯絡方式後再送出。"),
    "phone": _("文字裡有像電話號碼的數字。這段文字所有人都看得到，請刪除聯絡方式後再送出。"),
    "id_number": _("文字裡有像身分證或居留證號碼的內容。這段文字所有人都看得到，請刪除後再送出。"),
    "messenger": _("文字裡有通訊軟體的帳號。這段文字所有人都看得到，請刪除聯絡方式後再送出。"),
}


def hold(company: Company) -> None:
    """Hold the company's row, so that what is counted against a limit is counted one act after the other."""
    Company.objects.select_for_update(no_key=True).only("pk").get(pk=company.pk)


def for_everybody(text: str) -> str:
    """The text as it will be published. Raises Refusal `text.length`, `text.personal`."""
    said = "\n".join(line.rstrip() for line in text.replace("\x00", "").strip().splitlines())
    if not SHORTEST <= len(said) <= LONGEST:
        raise Refusal(
            "text.length",
            _("請寫%(least)s到%(most)s個字（目前%(count)s個字）。"),
            least=SHORTEST,
            most=f"{LONGEST:,}",
            count=f"{len(said):,}",
        )
    if hint := rules.personal_hint(said):
        raise Refusal("text.personal", _HINTS[hint])
    return said


def current_versions(version_ids: Sequence[int]) -> list[PlanVersion]:
    """The versions, in this order, when each is that of a plan now listed. Raises Refusal `comparison.changed`."""
    wanted = list(dict.fromkeys(version_ids))
    found = {plan.current_id: plan.current for plan in catalogue.listed().filter(current__in=wanted)}
    versions = [version for pk in wanted if (version := found.get(pk)) is not None]
    if len(versions) != len(wanted):
        raise Refusal(
            "comparison.changed",
            _("其中有方案剛更新或下架，請回到比較頁重新檢視後再試一次。"),
        )
    return versions
