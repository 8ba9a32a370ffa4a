"""What who asks fills in."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tcloud.members.models import Company
from tcloud.orders import queries as orders
from tcloud.orders.models import Order
from tcloud.support.models.chat import LONGEST

MOST_ORDERS = 30


def message_field(label: Any, rows: int) -> forms.CharField:
    """The text of a message; its length is judged by the operation, which knows why."""
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows, "autocomplete": "off"}),
        error_messages={
            "required": _("請輸入訊息。"),
            "max_length": _("訊息最多%(limit_value)d字，目前%(show_value)d字，請分成幾則傳送。"),
        },
    )


class MessageForm(forms.Form):
    """One message. `client_id` names it: sent twice, it is the same one."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    body = message_field(_("您的訊息"), 3)

    @classmethod
    def fresh(cls, **initial: Any) -> "MessageForm":
        """An empty one."""
        return cls(initial={"client_id": uuid.uuid4(), **initial})


class OpeningForm(MessageForm):
    """A visitor's first message, with the name she wants to be called by."""

    name = forms.CharField(
        label=_("怎麼稱呼您"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("client_id", "name", "body")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"] = message_field(_("您想問什麼"), 5)


def _orders_of(companies: Sequence[Company]) -> QuerySet[Order]:
    """The orders that these companies may ask about, the newest first."""
    recent = [
        pk for each in companies for pk in orders.of_company(each).values_list("pk", flat=True)[:MOST_ORDERS]
    ]
    return Order.objects.filter(pk__in=recent).order_by("-created_at")


class MemberOpeningForm(MessageForm):
    """A member's first message, with the order it is about; for which company, where she acts for several."""

    company = forms.ModelChoiceField(
        label=_("代表哪一家企業"),
        queryset=Company.objects.none(),
        empty_label=None,
        error_messages={"required": _("請選擇企業。")},
    )
    order = forms.ModelChoiceField(
        label=_("和哪一張訂單有關"),
        help_text=_("選了訂單，客服可以更快找到資料。"),
        queryset=Order.objects.none(),
        required=False,
        empty_label=_("和訂單無關"),
    )
    field_order = ("client_id", "company", "order", "body")

    def __init__(self, *args: Any, companies: Sequence[Company], **options: Any) -> None:
        super().__init__(*args, **options)
        self.companies = companies
        self.fields["body"] = message_field(_("您想問什麼"), 5)
        if len(companies) == 1:
            del self.fields["company"]
        else:
            theirs = Company.objects.filter(pk__in=[each.pk for each in companies])
            self.fields["company"].queryset = theirs  # type: ignore[attr-defined]
        self.fields["order"].queryset = _orders_of(companies)  # type: ignore[attr-defined]

    def whose(self) -> Company:
        """The company she acts for: the order's, the chosen one, the only one."""
        order = self.cleaned_data.get("order")
        chosen: Company = order.company if order else self.cleaned_data.get("company") or self.companies[0]
        return chosen


class TranscriptForm(forms.Form):
    """Where a visitor wants the conversation sent."""

    email = forms.EmailField(
        label=_("電子郵件"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("請填寫要寄到哪個信箱。")},
    )
