"""Anybody may check the signatures of a contract (R-20): who signed what when. The file is judged and forgotten."""

import hashlib
from typing import Any

from allauth.core.internal import ratelimit
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tcloud.contracts import authorities
from tcloud.contracts.document import Party
from tcloud.contracts.signing import FIELD_NAMES
from tcloud.contracts.verification import DocumentVerdict, verify
from tcloud.core import clock
from tcloud.members import cards
from tcloud.web.ui.context import edition

MAX_BYTES = 5 * 1024 * 1024
RATES = {
    "contract_verify": "20/m/ip,200/h/ip"
}  # a judgement costs cryptography and questions to the authorities
ROLES = {FIELD_NAMES[Party.BUYER]: _("買方"), FIELD_NAMES[Party.SUPPLIER]: _("供應商")}


class ContractForm(forms.Form):
    """One PDF of at most 5 MB."""

    file = forms.FileField(
        label=_("契約檔案（PDF）"),
        help_text=_("最大 5 MB。檔案只用來驗證，不會儲存。"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        error_messages={
            "required": _("請選擇要驗證的 PDF 檔案。"),
            "empty": _("這個檔案是空的，請選擇完整的 PDF 檔案。"),
        },
    )

    def clean_file(self) -> UploadedFile:
        """Small enough, and at least in its first bytes a PDF."""
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("檔案超過 5 MB，請選擇平台產生的契約檔案。"))
        head = upload.read(1024)
        upload.seek(0)
        if b"%PDF-" not in head:
            raise forms.ValidationError(_("這不是 PDF 檔案，請選擇平台產生的契約檔案。"))
        return upload


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contract_verify(request: HttpRequest) -> HttpResponse:
    """Upload a PDF, read who signed it. Nothing of it is kept."""
    if request.method != "POST":
        return render(request, "public/contract_verify.html", {"form": ContractForm()})
    if not ratelimit.consume(request, app="tcloud.public", action="contract_verify", config=RATES):
        return render(request, "429.html", status=429)
    form = ContractForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "public/contract_verify.html", {"form": form}, status=422)
    upload = form.cleaned_data["file"]
    content = upload.read()
    verdict = verify(
        content,
        policy=cards.trust_policy(accepts_secondary=edition(request).accepts_secondary_cards),
        at=clock.now(),
        revocation=cards.revocation_checker(),
        time_stamp_anchors=authorities.time_stamp_anchors(),
    )
    context = {"form": ContractForm(), **_told(verdict), "name": upload.name, "size": len(content)}
    context["sha256"] = hashlib.sha256(content).hexdigest()
    return render(request, "public/contract_verify.html", context)


def _told(verdict: DocumentVerdict) -> dict[str, Any]:
    rows = [
        {"role": ROLES.get(signature.field_name, signature.field_name), "signature": signature}
        for signature in verdict.signatures
    ]
    return {"verdict": verdict, "rows": rows}
