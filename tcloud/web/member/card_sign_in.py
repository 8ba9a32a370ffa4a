"""Signing in by the company's card (R-09): it proves the company; which of its people, she says herself."""

from datetime import timedelta

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.members import queries as members
from tcloud.members.models import CardProof, User
from tcloud.web.member import card
from tcloud.web.member.access import choose
from tcloud.web.ui.limits import too_many

PURPOSE = "sign_in"
PROOF_KEY = "sign_in_proof"
NEXT_KEY = "sign_in_next"
CHOOSE_WITHIN = timedelta(minutes=5)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The challenge and, when the card has signed it: in, or to the choice of a person, or told that nobody has joined yet."""
    error, proof = "", None
    if request.method == "POST":
        if limited := too_many(request, "card_proof", key=card.holder(request)):
            return limited
        try:
            proof = card.prove(request, PURPOSE)
        except Refusal as refusal:
            error = refusal.text()
    else:
        request.session[NEXT_KEY] = _safe(request, request.GET.get("next", ""))
    if proof:
        people = list(members.card_people(proof.ubn))
        if not people:
            return render(request, "member/card/not_joined.html", {"proof": proof})
        if len(people) == 1:
            return _enter(request, people[0], proof)
        request.session[PROOF_KEY] = proof.pk
        return redirect("card_sign_in_person")
    if limited := too_many(request, "card_challenge"):
        return limited
    context = {"challenge": card.challenge(request, PURPOSE), "error": error}
    return render(request, "member/card/sign_in.html", context, status=409 if error else 200)


@never_cache
def person(request: HttpRequest) -> HttpResponse:
    """Several people act for the company: who is it? Good for five minutes after the card, once."""
    proof = CardProof.objects.filter(pk=request.session.get(PROOF_KEY, 0)).first()
    if proof is None or not clock.is_near(clock.now(), proof.at, CHOOSE_WITHIN):
        request.session.pop(PROOF_KEY, None)
        return redirect("card_sign_in")
    people = list(members.card_people(proof.ubn))
    chosen = next((one for one in people if str(one.pk) == request.POST.get("person")), None)
    if request.method == "POST" and chosen:
        return _enter(request, chosen, proof)
    context = {"proof": proof, "people": people, "missing": request.method == "POST"}
    return render(request, "member/card/person.html", context)


def _enter(request: HttpRequest, user: User, proof: CardProof) -> HttpResponseRedirect:
    target = request.session.get(NEXT_KEY) or reverse("after_sign_in")
    login(request, user, backend=BACKEND)
    # the card has just proved who it is: no password is asked again for the account's own settings
    record_authentication(request, user, "card", reauthenticated=True)
    for key in (PROOF_KEY, NEXT_KEY):
        request.session.pop(key, None)
    company = next(row.company for row in members.memberships(user) if row.company.ubn == proof.ubn)
    choose(request, company)
    return HttpResponseRedirect(target)


def _safe(request: HttpRequest, target: str) -> str:
    """`target` when it is a path of this site, else nothing."""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else ""
