"""What to show of a company's entries, as the address of the page says it: it can be shared and works without a script."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.points.models import Grant
from tcloud.points.tracing import Wanted
from tcloud.web.ui.filters import Condition, DaysFilter, without
from tcloud.web.ui.points_words import OF_COMPANIES, transfer_words

__all__ = ["Condition", "EntryFilter", "without"]


class OrderNumberField(forms.CharField):
    """An order number, typed in whatever case."""

    def to_python(self, value: Any) -> str:
        """In capitals."""
        return str(super().to_python(value)).upper()


class EntryFilter(DaysFilter):
    """Kind, grant, order and days. What is wrong is said by its field; the other conditions count all the same."""

    kind = forms.ChoiceField(
        label=gettext_lazy("類別"),
        required=False,
        choices=[("", gettext_lazy("全部"))] + [(code, transfer_words(code)) for code in OF_COMPANIES],
        error_messages={"invalid_choice": gettext_lazy("沒有這個類別，請從清單中選擇。")},
    )
    grant = forms.ChoiceField(
        label=gettext_lazy("哪一次核發"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("沒有這一次核發，請從清單中選擇。")},
    )
    order = OrderNumberField(
        label=gettext_lazy("訂單編號"),
        required=False,
        max_length=16,
        widget=forms.TextInput(attrs={"class": "w-10", "autocomplete": "off"}),
        error_messages={"max_length": gettext_lazy("訂單編號太長，請確認。")},
    )

    def __init__(self, query: QueryDict, *, grants: Sequence[Grant], order_prefix: str) -> None:
        super().__init__(query)
        self.grants = {str(grant.pk): grant for grant in grants}
        numbers = [(key, _("第%(number)s號") % {"number": key}) for key in self.grants]
        self.fields["grant"].choices = [("", _("全部")), *numbers]  # type: ignore[attr-defined]
        if len(numbers) < 2 and not query.get("grant"):
            del self.fields["grant"]
        example = f"{order_prefix}0123456789"
        wrong = _("訂單編號是%(prefix)s加10碼數字，例如%(example)s。") % {
            "prefix": order_prefix,
            "example": example,
        }
        self.fields["order"].validators.append(
            RegexValidator(rf"^{re.escape(order_prefix)}[0-9]{{10}}\Z", wrong)
        )

    def wanted(self) -> Wanted:
        """The conditions that are right, in the terms of `tracing`."""
        self.is_valid()
        values = self.cleaned_data
        return Wanted(
            codes=(values["kind"],) if values.get("kind") else (),
            grant=self.grants.get(values.get("grant") or ""),
            order_number=values.get("order") or "",
            **self.moments(),
        )

    def conditions(self) -> list[Condition]:
        """The conditions that are set and right."""
        self.is_valid()
        values = self.cleaned_data
        found = []
        if values.get("kind"):
            found.append(Condition(_("類別"), transfer_words(values["kind"]), ("kind",)))
        if values.get("grant"):
            found.append(
                Condition(_("哪一次核發"), _("第%(number)s號") % {"number": values["grant"]}, ("grant",))
            )
        if values.get("order"):
            found.append(Condition(_("訂單編號"), values["order"], ("order",)))
        return [*found, *self.days()]
