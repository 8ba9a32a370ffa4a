"""Agents' pages of the frequently asked questions: they draft, officers publish (tcloud/web/ui/faq_desk.py)."""

from tcloud.web.ui import faq_desk

DESK = faq_desk.FaqDesk("support_faq")
VIEWS = DESK.views()
ROUTES = [row for row in faq_desk.routes("support_faq") if row[1] not in ("publish", "unpublish")]
