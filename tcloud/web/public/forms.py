"""Forms of visitors: checking eligibility before applying."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

YES_NO = (("yes", _("是")), ("no", _("否")))


class EligibilityForm(forms.Form):
    """Three questions before applying (R-01, R-02…R-05, R-06). Nothing of it is kept."""

    registered = forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)
    small = forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)
    clear = forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)

    def __init__(self, *args: object, max_capital: str, max_employees: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        labels = {
            "registered": (
                gettext("貴公司依法辦理公司、商業或有限合夥登記，而且正在營業嗎？"),
                gettext("停業中、已解散或已歇業，請選否。"),
            ),
            "small": (
                gettext("實收資本額在%(capital)s以下，或經常僱用員工未滿%(count)d人嗎？")
                % {"capital": max_capital, "count": max_employees},
                gettext("兩項符合一項就可以。員工人數以最近12個月勞保投保人數平均計算。"),
            ),
            "clear": (
                gettext("以下情形都沒有嗎？"),
                gettext(
                    "欠稅或重大違反法律；執行政府計畫重大違約；陸資企業；外國營利事業在臺分公司；曾獲得經濟部數位轉型補助或輔導計畫。"
                ),
            ),
        }
        for number, (name, (label, hint)) in enumerate(labels.items(), 1):
            field = self.fields[name]
            field.label, field.help_text = label, hint
            field.error_messages["required"] = gettext("第%(number)d題請選擇是或否") % {"number": number}
