"""Samples for the gallery: invented, never shown outside /styleguide/."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator

from tcloud.core import calendar, clock
from tcloud.points.models import Grant
from tcloud.points.queries import GrantLine
from tcloud.web.ui import points_way


class SampleForm(forms.Form):
    """Every kind of field."""

    name = forms.CharField(label="聯絡人姓名", max_length=60)
    email = forms.EmailField(label="電子郵件", help_text="訂單通知與到期提醒會寄到這裡。")
    phone = forms.CharField(label="分機", required=False)
    size = forms.ChoiceField(
        label="主要用途",
        choices=[("a", "內部營運"), ("b", "行銷")],
        widget=forms.RadioSelect,
        help_text="選一項。",
    )
    areas = forms.MultipleChoiceField(
        label="想改善的項目",
        choices=[("x", "線上協作"), ("y", "資訊安全")],
        widget=forms.CheckboxSelectMultiple,
    )
    term = forms.ChoiceField(label="期間", choices=[("6", "6 個月"), ("12", "12 個月")])
    note = forms.CharField(label="備註", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agree = forms.BooleanField(label="我已閱讀並同意契約內容")


def context() -> dict[str, Any]:
    """What styleguide.html shows."""
    now = clock.now()
    wrong = SampleForm({"email": "wrong"}, auto_id="bad_%s")
    return {
        "now": now,
        "form": SampleForm(),
        "bad_form": wrong,
        "due_soon": calendar.in_force().due(now, 4).at,
        "due_today": clock.end_of(now.date()),
        "overdue": now - timedelta(days=3),
        "grant_line": GrantLine(Grant(pk=0, points=30_000), 9_000, 8_000, 10_000, usable=True),
        "drawing": points_way.of_example(30_000, 20_000),
        "page": Paginator(range(240), 10).page(4),
        "tones": ["", "ok", "warn", "err", "info", "brand", "points", "soft"],
        "timeline": [
            {
                "title": "送出訂單",
                "state": "done",
                "when": now - timedelta(days=2),
                "who": "申請企業",
                "text": "已保留 18,000 點。",
            },
            {
                "title": "供應商確認接單",
                "state": "now",
                "due_at": calendar.in_force().due(now, 3).at,
                "who": "範例供應商",
                "rule": "期限 3 個工作天",
            },
            {"title": "付款", "state": "late", "due_at": now - timedelta(days=1), "who": "申請企業"},
            {"title": "提供服務", "state": "todo", "text": "付款確認後 7 個工作天內提供。"},
        ],
        "rows": [
            {"label": "申請企業", "value": "範例有限公司", "hint": "統一編號 00000000"},
            {"label": "聯絡人", "value": "王小明", "url": "#main", "action": "變更"},
        ],
    }
