"""The policies of the site: slug (also the template's name) and title."""

from django.utils.translation import gettext_lazy as _

POLICIES = (
    ("privacy", _("隱私權政策")),
    ("security", _("資訊安全政策")),
    ("open-data", _("資料開放宣告")),
    ("accessibility", _("無障礙聲明")),
    ("terms", _("服務條款")),
)
