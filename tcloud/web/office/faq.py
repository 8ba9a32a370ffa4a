"""The office's pages of the frequently asked questions: officers edit and publish, auditors read (tcloud/web/ui/faq_desk.py)."""

from tcloud.web.office.access import may_act
from tcloud.web.ui import faq_desk

DESK = faq_desk.FaqDesk("office_faq", acts=may_act)
VIEWS = DESK.views()
ROUTES = faq_desk.routes("office_faq")
