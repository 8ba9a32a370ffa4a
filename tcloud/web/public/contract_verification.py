"""Anybody may check the signatures of a contract (R-20): who signed what when. The file is judged and forgotten."""

import hashlib
import re
from typing import Any

from allauth.core.internal import ratelimit
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tcloud.contracts import authorities, queries, words
from tcloud.contracts.document import Party
from tcloud.contracts.models import Contract
from tcloud.contracts.signing import FIELD_NAMES
from tcloud.contracts.verification import DocumentVerdict, verify
from tcloud.core import clock
from tcloud.members import cards
from tcloud.members import words as card_words
from tcloud.web.ui.context import edition

NUMBER = re.compile(r"T-CE\d{10}")
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


class DigestForm(forms.Form):
    """The SHA-256 of a file, from whoever has the file or its evidence."""

    sha256 = forms.CharField(
        label=_("檔案的SHA-256指紋"),
        help_text=_("64個十六進位字元。知道指紋，就不必上傳檔案。"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        error_messages={"required": _("請填寫檔案的SHA-256指紋。")},
    )

    def clean_sha256(self) -> str:
        """Lower case without spaces."""
        digest = "".join(str(self.cleaned_data["sha256"]).split()).lower()
        if not queries.SHA256.fullmatch(digest):
            raise forms.ValidationError(_("指紋必須是64個字元，只含0到9和a到f。"))
        return digest


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contract_verify(request: HttpRequest) -> HttpResponse:
    """Upload a PDF or give its fingerprint, read who signed it when. Nothing of it is kept, and nothing else of a contract is said."""
    if request.method != "POST":
        return _page(request)
    if not ratelimit.consume(request, app="tcloud.public", action="contract_verify", config=RATES):
        return render(request, "429.html", status=429)
    if "sha256" in request.POST:
        return _by_digest(request, DigestForm(request.POST))
    form = ContractForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    upload = form.cleaned_data["file"]
    content = upload.read()
    digest = hashlib.sha256(content).hexdigest()
    return _judged(request, content, digest, name=upload.name, kept=queries.by_digest(digest))


def _by_digest(request: HttpRequest, form: DigestForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, digest_form=form, status=422)
    kept = queries.by_digest(form.cleaned_data["sha256"])
    if kept is None:
        form.add_error(
            "sha256", _("平台沒有保存這個指紋的契約。檔案可能是較早的版次，或簽署後被更動；請上傳檔案驗證。")
        )
        return _page(request, digest_form=form, status=404)
    return _judged(request, bytes(kept.document.content), form.cleaned_data["sha256"], name="", kept=kept)


def _judged(
    request: HttpRequest, content: bytes, digest: str, *, name: str, kept: Contract | None
) -> HttpResponse:
    verdict = verify(
        content,
        policy=cards.trust_policy(accepts_secondary=edition(request).accepts_secondary_cards),
        at=clock.now(),
        revocation=cards.revocation_checker(),
        time_stamp_anchors=authorities.time_stamp_anchors(),
    )
    return _page(request, **_told(verdict), name=name, size=len(content), sha256=digest, kept=kept)


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    """The page; a contract number in the address (the QR code of a contract leads here with it) is shown, to be compared with the paper."""
    number = request.GET.get("contract", "")
    shown = {
        "form": ContractForm(),
        "digest_form": DigestForm(),
        "number": number if NUMBER.fullmatch(number) else "",
    }
    return render(request, "public/contract_verify.html", shown | context, status=status)


def _told(verdict: DocumentVerdict) -> dict[str, Any]:
    rows = [
        {
            "role": ROLES.get(signature.field_name, signature.field_name),
            "signature": signature,
            "reasons": [card_words.sentence_of(each) for each in signature.reasons],
        }
        for signature in verdict.signatures
    ]
    problem = words.PROBLEMS[verdict.problem] if verdict.problem else ""
    return {"verdict": verdict, "problem": problem, "rows": rows}
