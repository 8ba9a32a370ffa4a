"""Joining (flyer step 1), one thing a page. The session keeps the application's token; whoever comes back is led to the page due."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.eligibility import email_code
from tcloud.eligibility import operations as eligibility
from tcloud.eligibility import queries as applications
from tcloud.eligibility.models import Application
from tcloud.eligibility.registers import registers
from tcloud.members import documents
from tcloud.points import queries as points
from tcloud.web.member import card
from tcloud.web.member.access import choose
from tcloud.web.member.join_forms import AccountForm, AgreementForm, AppealForm, CodeForm
from tcloud.web.member.join_words import SOURCES, shown
from tcloud.web.ui.context import edition
from tcloud.web.ui.lead_memory import remembered
from tcloud.web.ui.limits import too_many
from tcloud.web.ui.templatetags.ui import local

TOKEN_KEY = "join_application"  # noqa: S105  a name, no secret
PURPOSE = "join"
MEMBER_ALREADY = ("application.member_already", "application.granted_already")
BACKEND = "django.contrib.auth.backends.ModelBackend"
APPLICANT = Actor(VISITOR)
STEPS = (
    gettext_lazy("同意條款"),
    gettext_lazy("驗證身分"),
    gettext_lazy("授權查驗"),
    gettext_lazy("設定帳號"),
    gettext_lazy("驗證信箱"),
)
TITLES = ("", *STEPS, gettext_lazy("加入完成"))
PAGE_OF_STATE = {
    "STARTED": "join_consent",
    "CONSENTED": "join_card",
    "CARD_VERIFIED": "join_authorisation",
    "AUTHORISED": "join_check",
    "IN_REVIEW": "join_result",
    "INELIGIBLE": "join_result",
    "ELIGIBLE": "join_result",
    "ACTIVE": "join_done",
}


def application_of(request: HttpRequest) -> Application | None:
    """The application this browser began or took up again."""
    return applications.by_token(request.session.get(TOKEN_KEY, ""))


def page_due(application: Application | None) -> str:
    """The URL name of the page this application waits on."""
    if application is None:
        return "join"
    if application.state == "ELIGIBLE" and application.code_sent_at:
        return "join_email"
    return PAGE_OF_STATE.get(application.state, "join")


def go_on(request: HttpRequest) -> HttpResponseRedirect:
    """To the page due."""
    return redirect(page_due(application_of(request)))


def _page(
    request: HttpRequest, name: str, step: int, refused: Refusal | None = None, **context: Any
) -> HttpResponse:
    values = {"steps": STEPS, "step": step, "steps_title": TITLES[step], **context}
    return render(request, f"member/join/{name}.html", values, status=409 if refused else 200)


@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """What to prepare; a POST begins an application, or goes on with the one begun here."""
    application = application_of(request)
    under_way = application is not None and application.state not in ("INELIGIBLE", "ACTIVE", "ABANDONED")
    if request.method == "POST":
        if under_way:
            return go_on(request)
        if refused := too_many(request, "join"):
            return refused
        begun = eligibility.start(
            edition(request), language=get_language() or settings.LANGUAGE_CODE, by=APPLICANT, at=clock.now()
        )
        request.session[TOKEN_KEY] = begun.token
        return redirect("join_consent")
    return _page(request, "begin", 0, under_way=under_way, page_due=reverse(page_due(application)))


def _document(code: str) -> dict[str, Any]:
    """A text for the page: consecutive items are one list, numbered when the text numbers them."""
    text = documents.document(code)
    blocks: list[dict[str, Any]] = []
    for part in text.parts:
        kind = ("numbered" if part.number else "items") if part.kind == "item" else part.kind
        words = local({"zh": part.zh, "en": part.en})
        if kind in ("items", "numbered") and blocks and blocks[-1]["kind"] == kind:
            blocks[-1]["lines"].append(words)
        else:
            blocks.append({"kind": kind, "text": words, "lines": [words]})
    effect = {"zh": text.withdrawal_effect, "en": text.withdrawal_effect_en}
    title = local({"zh": text.title, "en": text.title_en})
    return {
        "code": code,
        "version": text.version,
        "title": title,
        "blocks": blocks,
        "withdrawal_effect": local(effect),
    }


def _agreement(request: HttpRequest, texts: list[dict[str, Any]], words: str) -> AgreementForm:
    boxes = {text["code"]: words % {"title": text["title"]} for text in texts}
    return AgreementForm(request.POST if request.method == "POST" else None, documents=boxes)


@never_cache
def consent(request: HttpRequest) -> HttpResponse:
    """Flyer step 1.2: the whole text, and a box."""
    application = application_of(request)
    if application is None or application.state != "STARTED":
        return go_on(request)
    texts = [_document(code) for code in eligibility.FIRST_CONSENTS]
    form, refused = _agreement(request, texts, _("我已閱讀並同意「%(title)s」")), None
    if request.method == "POST" and form.is_valid():
        refused = _refused(form, lambda: eligibility.consent(application, by=APPLICANT, at=clock.now()))
        if not refused:
            return redirect("join_card")
    return _page(request, "consent", 1, refused, form=form, texts=texts)


def _refused(form: Form, act: Any, fields: dict[str, str] | None = None) -> Refusal | None:
    """Do it; a refusal is put into the form's error summary and returned."""
    try:
        act()
    except Refusal as refusal:
        form.add_error((fields or {}).get(refusal.code), refusal.text())
        return refusal
    return None


@never_cache
def card_proof(request: HttpRequest) -> HttpResponse:
    """Flyer step 1.3 (R-09): the card signs a challenge; a used or expired one is replaced by a fresh one on the same page."""
    application = application_of(request)
    if application is None or application.state != "CONSENTED":
        return go_on(request)
    refused = None
    if request.method == "POST":
        if limited := too_many(request, "card_proof", key=card.holder(request)):
            return limited
        try:
            proof = card.prove(request, PURPOSE)
            taken_up = eligibility.attach_card(application, proof, by=APPLICANT, at=clock.now())
            request.session[TOKEN_KEY] = taken_up.token
            return go_on(request)
        except Refusal as refusal:
            if (
                page_due(application_of(request)) != "join_card"
            ):  # the same form, sent twice, did its work once
                return go_on(request)
            refused = refusal
    if limited := too_many(request, "card_challenge"):
        return limited
    context = {
        "challenge": card.challenge(request, PURPOSE),
        "error": refused.text() if refused else "",
        "member_already": bool(refused and refused.code in MEMBER_ALREADY),
    }
    return _page(request, "card", 2, refused, **context)


@never_cache
def authorisation(request: HttpRequest) -> HttpResponse:
    """Flyer step 1.4: authorise the look-ups, make the declarations."""
    application = application_of(request)
    if application is None or application.state != "CARD_VERIFIED":
        return go_on(request)
    texts = [_document(code) for code in eligibility.AUTHORISATIONS]
    form, refused = _agreement(request, texts, _("我已閱讀並同意「%(title)s」")), None
    if request.method == "POST" and form.is_valid():
        refused = _refused(form, lambda: eligibility.authorise(application, by=APPLICANT, at=clock.now()))
        if not refused:
            return redirect("join_check")
    return _page(request, "authorisation", 3, refused, form=form, texts=texts, application=application)


@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """What is going to be asked; a POST asks it and waits at most ten seconds (R-01 to R-07)."""
    application = application_of(request)
    if application is None or application.state != "AUTHORISED":
        return go_on(request)
    if request.method == "POST":
        if limited := too_many(request, "join"):
            return limited
        eligibility.check(application, clients=registers(), at=clock.now())
        return redirect("join_result")
    return _page(request, "check", 3, application=application, sources=list(SOURCES.values()))


@require_safe
@never_cache
def result(request: HttpRequest) -> HttpResponse:
    """Eligible, under review or not, with what each rule said (R-07)."""
    application = application_of(request)
    if application is None or application.state not in ("ELIGIBLE", "IN_REVIEW", "INELIGIBLE"):
        return go_on(request)
    return _result(request, application, AppealForm())


def _result(
    request: HttpRequest, application: Application, form: AppealForm, refused: Refusal | None = None
) -> HttpResponse:
    checks = [shown(row) for row in applications.latest_checks(application)]
    context = {
        "application": application,
        "checks": checks,
        "unknown": [row for row in checks if row["outcome"] == "unknown"],
        "failed": [row for row in checks if row["outcome"] == "fail"],
        "form": form,
        "returning": eligibility.is_returning(application),
    }
    return _page(request, f"result_{application.state.lower()}", 3, refused, **context)


@require_POST
@never_cache
def appeal(request: HttpRequest) -> HttpResponse:
    """R-07: object to a refusal."""
    application = application_of(request)
    if application is None or application.state != "INELIGIBLE":
        return go_on(request)
    form, refused = AppealForm(request.POST), None
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        refused = _refused(
            form, lambda: eligibility.appeal(application, reason=reason, by=APPLICANT, at=clock.now())
        )
        if not refused:
            return redirect("join_result")
    return _result(request, application, form, refused)


@require_POST
@never_cache
def returning(request: HttpRequest) -> HttpResponse:
    """R-13: a company with an account takes part again; nothing is to be set up."""
    application = application_of(request)
    if application is None or application.state != "ELIGIBLE":
        return go_on(request)
    eligibility.rejoin(application, by=APPLICANT, at=clock.now())
    return redirect("join_done")


@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Flyer step 1.5: who will use the account. Under review: where to send the result."""
    application = application_of(request)
    if application is None or application.state not in ("ELIGIBLE", "IN_REVIEW"):
        return go_on(request)
    if eligibility.is_returning(application):
        return redirect("join_result")
    known = {
        "name": application.contact_name,
        "email": application.contact_email,
        "phone": application.contact_phone,
    }
    form, refused = AccountForm(request.POST if request.method == "POST" else None, initial=known), None
    if request.method == "POST":
        if limited := too_many(request, "account", key=str(application.pk)):
            return limited
        if form.is_valid():
            fields = {"member.email_taken": "email", "member.password_weak": "password"}
            data = form.cleaned_data
            refused = _refused(
                form,
                lambda: eligibility.set_account(application, by=APPLICANT, at=clock.now(), **data),
                fields,
            )
            if not refused:
                return redirect("join_email" if application.state == "ELIGIBLE" else "join_result")
    return _page(request, "account", 4, refused, form=form, application=application)


@never_cache
def email(request: HttpRequest) -> HttpResponse:
    """Flyer step 1.6: the code proves the address; company and account come to life, and the person is signed in."""
    application = application_of(request)
    if application is None or application.state != "ELIGIBLE" or not application.code_sent_at:
        return go_on(request)
    form, refused = CodeForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST":
        if limited := too_many(request, "email_code", key=str(application.pk)):
            return limited
        if form.is_valid():
            try:
                user = eligibility.confirm_email(
                    application, form.cleaned_data["code"], by=APPLICANT, at=clock.now()
                )
                login(request, user, backend=BACKEND)
                return redirect("join_done")
            except Refusal as refusal:
                if page_due(application_of(request)) != "join_email":
                    return go_on(request)
                refused = refusal
                form.add_error("code", refusal.text())
    application.refresh_from_db()
    return _email(request, application, form, refused)


def _email(
    request: HttpRequest, application: Application, form: CodeForm, refused: Refusal | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "application": application,
        "tries_left": max(email_code.TRIES - application.code_tries, 0) if application.code_sent_at else 0,
    }
    return _page(request, "email", 5, refused, **context)


@require_POST
@never_cache
def new_code(request: HttpRequest) -> HttpResponse:
    """Send another code; the earlier one stops working."""
    application = application_of(request)
    if application is None or application.state != "ELIGIBLE":
        return go_on(request)
    if limited := too_many(request, "account", key=str(application.pk)):
        return limited
    form = CodeForm({})
    form.errors.clear()
    refused = _refused(form, lambda: eligibility.send_code(application, by=APPLICANT, at=clock.now()))
    if refused:
        return _email(request, application, form, refused)
    return redirect("join_email")


@require_safe
@never_cache
def done(request: HttpRequest) -> HttpResponse:
    """A member: what comes next. Who is not signed in here (the form was sent twice) is asked to sign in."""
    application = application_of(request)
    if application is None or application.state != "ACTIVE":
        return go_on(request)
    if request.user.is_authenticated and application.company:
        choose(request, application.company)
    again = bool(application.company and points.admission(application.programme, application.company) > 1)
    return _page(request, "done", 6, application=application, again=again, lead=remembered(request))
