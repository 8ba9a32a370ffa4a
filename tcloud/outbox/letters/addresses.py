"""Letters about a person's own address: the code that proves the new one, and word to the former one."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.members import addresses
from tcloud.members.models import AddressChange
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import Composer, Letter, Link, Occasion
from tcloud.support.queries import contact

SIGN_IN: Final = "/account/login/"


def _change(occasion: Occasion) -> AddressChange:
    if not isinstance(occasion.subject, AddressChange):
        raise TypeError(occasion.event.subject)
    return occasion.subject


def code(occasion: Occasion) -> Letter | None:
    """To the new address; only the newest code, while it is valid."""
    change = _change(occasion)
    ends_at = change.asked_at + addresses.VALID_FOR
    if addresses.newest(change.user) != change or occasion.at >= ends_at:
        return None
    return Letter(
        subject=_("更正信箱的驗證碼"),
        happened=[_("有人要把本平台帳號的信箱改成這個信箱。驗證碼是：")],
        code=addresses.code(change),
        next_steps=[
            _("請在%(until)s前，把這6位數字填入更正信箱的頁面。") % {"until": words.moment(ends_at)},
            _("請不要把驗證碼告訴任何人，我們不會打電話向您詢問。如果不是您本人，請不必理會這封信。"),
        ],
        programme=contact.any_edition(),
    )


def changed(occasion: Occasion) -> Letter | None:
    """To the former address, in case it was not she."""
    change = _change(occasion)
    if change.confirmed_at is None:
        return None
    return Letter(
        subject=_("您的帳號信箱已更改"),
        happened=[_("您的帳號已改用另一個信箱登入與收信，這個信箱不會再收到帳號的信。")],
        facts=[(_("更改時間"), words.moment(change.confirmed_at))],
        next_steps=[_("如果不是您本人更改，請立刻洽客服專線。")],
        link=Link(_("登入"), SIGN_IN),
        programme=contact.any_edition(),
    )


COMPOSERS: Final[dict[str, Composer]] = {"address_code": code, "address_changed": changed}
