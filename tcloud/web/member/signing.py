"""The contract of a draft (flyer 3.5): read, acknowledge, sign with the card in two steps (PROTOCOLS §8)."""

from django.db.models.functions import Length
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.contracts import operations as contracts
from tcloud.contracts.authorities import sealing_services
from tcloud.contracts.document import Party
from tcloud.contracts.models import Contract, Document, SigningSession
from tcloud.contracts.terms import ContractTerms
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import binding
from tcloud.members import cards, documents
from tcloud.members import operations as members
from tcloud.members.models import Consent
from tcloud.orders import operations
from tcloud.orders.models import Order
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.orders import find, signers
from tcloud.web.member.orders_forms import AcknowledgementForm
from tcloud.web.member.presentation import terms
from tcloud.web.ui.card_answer import decoded

ACKNOWLEDGEMENT = "contract_terms_ack"
READER_KEY = "card_reader"
MAX_CERTIFICATE_CHARS = 20_000
MAX_SIGNATURE_CHARS = 2_000


def contract_of(order: Order) -> Contract:
    """The order's contract. Raises Http404 before it was drawn up."""
    if order.contract is None:
        raise Http404
    return order.contract


def is_acknowledged(order: Order) -> bool:
    """Whether somebody of the company has said that the contract was read (R-36)."""
    return Consent.objects.filter(case=order.case, document=ACKNOWLEDGEMENT).exists()


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def contract(request: MemberRequest, number: str) -> HttpResponse:
    """POST draws the contract up, once; GET shows its key terms, the file and the acknowledgement."""
    order = find(request, number)
    if request.method == "POST":
        operations.draw_up_contract(order, by=request.actor, at=clock.now())
        return redirect("order_contract", number)
    return _contract_page(request, order, AcknowledgementForm())


def _contract_page(
    request: MemberRequest, order: Order, form: AcknowledgementForm, *, status: int = 200
) -> HttpResponse:
    drawn_up = contract_of(order)
    if drawn_up.state != "DRAWN_UP":
        return redirect("order", order.number)
    context = {
        "order": order,
        "v": order.plan_version,
        "contract": drawn_up,
        "said": ContractTerms.from_json(drawn_up.terms),
        "size": document_size(drawn_up),
        "text": documents.document(ACKNOWLEDGEMENT),
        "form": form,
        "acknowledged": is_acknowledged(order),
        "steps": terms.BUILDING,
    }
    return render(request, "member/orders/contract.html", context, status=status)


def document_size(contract: Contract) -> int:
    """Bytes of the contract's file, without loading it."""
    sizes = Document.objects.filter(pk=contract.document_id).annotate(size=Length("content"))
    return int(sizes.values_list("size", flat=True).get())


@member_page
@require_POST
def acknowledgement(request: MemberRequest, number: str) -> HttpResponse:
    """R-36: keep who acknowledged which version of the text, once, then go on to the card."""
    binding(request.actor)
    order = find(request, number)
    contract_of(order)
    form = AcknowledgementForm(request.POST)
    if not form.is_valid():
        return _contract_page(request, order, form, status=422)
    if not is_acknowledged(order):
        members.record_consents(
            [ACKNOWLEDGEMENT], case=order.case, at=clock.now(), ubn=request.company.ubn, user=request.user
        )
    return redirect("order_signing", number)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def signing(request: MemberRequest, number: str) -> HttpResponse:
    """Step A: the card is read; its certificate decides whether it may sign, and the document is prepared for it."""
    binding(request.actor)
    order = find(request, number)
    waiting = contract_of(order)
    if waiting.state != "DRAWN_UP":
        return redirect("order", number)
    if not is_acknowledged(order):
        return redirect("order_contract", number)
    if request.method != "POST":
        return _card_page(request, order)
    certificate = decoded(request.POST.get("certificate", ""), most=MAX_CERTIFICATE_CHARS)
    if not certificate:
        return _card_page(request, order, error=_("沒有讀到卡片的憑證，請確認卡片已插好，再讀取一次。"))
    try:
        session = contracts.prepare_signature(
            waiting,
            certificate,
            party=Party.BUYER,
            by=request.actor,
            at=clock.now(),
            policy=cards.trust_policy(accepts_secondary=order.programme.accepts_secondary_cards),
            revocation=cards.revocation_checker(),
        )
    except Refusal as refusal:
        return _card_page(request, order, error=refusal.text())
    request.session[READER_KEY] = request.POST.get("reader", "")[:200]
    return redirect("order_signature", number, session.pk)


def _card_page(request: MemberRequest, order: Order, *, error: str = "") -> HttpResponse:
    context = {
        "order": order,
        "v": order.plan_version,
        "error": error,
        "action": reverse("order_signing", args=[order.number]),
        "steps": terms.BUILDING,
    }
    return render(request, "member/orders/signing.html", context, status=409 if error else 200)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: MemberRequest, number: str, session: int) -> HttpResponse:
    """Step B: the card signs what was prepared for it; a POST puts the signature into the contract.

    A session serves once: sent again after it was signed, it leads to the signed contract.
    """
    binding(request.actor)
    order = find(request, number)
    prepared = get_object_or_404(
        SigningSession.objects.defer("prepared"),
        pk=session,
        contract=contract_of(order),
        party=Party.BUYER.value,
    )
    if prepared.used_at or contract_of(order).state != "DRAWN_UP":
        return redirect("order_signed", number)
    if request.method != "POST":
        return _signature_page(request, order, prepared)
    raw = decoded(request.POST.get("signature", ""), most=MAX_SIGNATURE_CHARS)
    if not raw:
        return _signature_page(request, order, prepared, error=_("沒有收到卡片的簽章，請再簽署一次。"))
    try:
        operations.finish_company_signature(
            prepared,
            raw,
            services=sealing_services(accepts_secondary=order.programme.accepts_secondary_cards),
            by=request.actor,
            at=clock.now(),
        )
    except Refusal as refusal:
        if refusal.code == "contract.session_used":
            return redirect("order_signed", number)
        return _signature_page(request, order, prepared, error=refusal.text())
    return redirect("order_signed", number)


def _signature_page(
    request: MemberRequest, order: Order, prepared: SigningSession, *, error: str = ""
) -> HttpResponse:
    context = {
        "order": order,
        "v": order.plan_version,
        "session": prepared,
        "tbs": prepared.parameters["tbs"],
        "reader": request.session.get(READER_KEY, ""),
        "expired": not prepared.is_valid(at=clock.now()),
        "error": error,
        "action": reverse("order_signature", args=[order.number, prepared.pk]),
        "steps": terms.BUILDING,
    }
    return render(request, "member/orders/signature.html", context, status=409 if error else 200)


@member_page
@require_safe
def signed(request: MemberRequest, number: str) -> HttpResponse:
    """The contract is signed; one step is left: sending the order."""
    order = find(request, number)
    done = contract_of(order)
    if done.state == "DRAWN_UP" or order.state != Order.State.DRAFT:
        return redirect("order", number)
    context = {
        "order": order,
        "v": order.plan_version,
        "contract": done,
        "signers": signers(order),
        "size": document_size(done),
        "steps": terms.BUILDING,
    }
    return render(request, "member/orders/signed.html", context)
