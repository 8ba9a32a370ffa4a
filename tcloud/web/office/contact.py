"""聯絡資料: hotline, mailbox, hours and the promise of an answer, as readers see them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.programme import queries as programmes
from tcloud.programme.models import Programme
from tcloud.support.models import SupportSettings
from tcloud.support.operations import contact as acts
from tcloud.support.queries import contact
from tcloud.web.office.access import may_act
from tcloud.web.office.support_forms import ContactForm
from tcloud.web.ui import order_progress


@require_http_methods(["GET", "HEAD", "POST"])
def contact_page(request: HttpRequest, by: Actor) -> HttpResponse:
    """Change it, with everything that was changed before."""
    programme = programmes.latest()
    if programme is None:
        raise Http404
    settings, status = contact.settings_of(programme), 200
    if request.method != "POST":
        form = ContactForm(initial=_shown(settings))
    else:
        form, status = ContactForm(request.POST), 422
        if form.is_valid():
            said = dict(form.cleaned_data)
            try:
                acts.change_contact(programme, said, version=said.pop("version"), by=by, at=clock.now())
            except Refusal as refusal:
                if refusal.code == "stale":
                    raise
                form.add_error(None, refusal.text())
                status = 409
            else:
                messages.success(request, _("聯絡資料已變更，每一頁與之後的信都會顯示新的內容。"))
                return redirect("office_contact")
    context = {
        "form": form,
        "may_act": may_act(by),
        "rows": _rows(form, settings),
        "entries": _entries(programme),
    }
    return render(request, "office/contact.html", context, status=status)


def _shown(settings: SupportSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in (*acts.FIELDS, "version")}


def _rows(form: ContactForm, settings: SupportSettings) -> list[dict[str, Any]]:
    """What is set now, for who may only read."""
    values = ((form.fields[name].label, getattr(settings, name)) for name in acts.FIELDS)
    return [
        {"label": label, "value": f"{value:%H:%M}" if hasattr(value, "hour") else value or "—"}
        for label, value in values
    ]


def _entries(programme: Programme) -> list[dict[str, Any]]:
    """What was changed, oldest first, each with before and after."""
    recorded = list(events.of_case(f"programme/{programme.code}").filter(type="contact.changed"))
    entries = order_progress.entries(recorded)
    for event, entry in zip(recorded, entries, strict=True):
        entry["text"] = _("；").join(
            f"{ContactForm.base_fields[name].label}{_('：')}{values['from'] or '—'} → {values['to'] or '—'}"
            for name, values in event.data["changed"].items()
        )
    return entries
