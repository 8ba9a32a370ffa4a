"""Drawing up and signing contracts (R-20). A signature is prepared here, made by the card in the browser, and finished here."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.card import (
    RevocationChecker,
    TrustPolicy,
    inspect_certificate,
)
from tcloud.contracts import sealing, signing, words
from tcloud.contracts.document import Party, render
from tcloud.contracts.models import Contract, Document, SigningSession
from tcloud.contracts.operations.templates import in_force, wording_of
from tcloud.contracts.sealing import SealingServices
from tcloud.contracts.states import CONTRACT
from tcloud.contracts.terms import ContractTerms
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.members.operations import accepted_card

SESSION_LIFE: Final = timedelta(hours=2)
PDF: Final = "application/pdf"
_TRANSITIONS: Final = {Party.BUYER: "sign", Party.SUPPLIER: "countersign"}
_STATES: Final = {Party.BUYER: "DRAWN_UP", Party.SUPPLIER: "SIGNED"}
_TIMES: Final = {Party.BUYER: "signed_at", Party.SUPPLIER: "countersigned_at"}


def keep(content: bytes, *, media_type: str, at: datetime) -> Document:
    """Keep bytes under their digest; the same bytes are kept once."""
    digest = hashlib.sha256(content).hexdigest()
    return Document.objects.get_or_create(
        sha256=digest, defaults={"content": content, "media_type": media_type, "created_at": at}
    )[0]


@transaction.atomic
def draw_up(terms: ContractTerms, *, by: Actor, at: datetime) -> Contract:
    """R-20: the contract of an order: these terms in the wording now in force; one an order, harmless to repeat."""
    contract = Contract.objects.filter(order_number=terms.order_number).first()
    if contract:
        return contract
    template = in_force()
    terms = replace(terms, template_version=str(template.version))
    document = keep(render(terms, wording_of(template)), media_type=PDF, at=at)
    return Contract.objects.create(
        number=terms.contract_number,
        order_number=terms.order_number,
        buyer_ubn=terms.buyer_ubn,
        supplier_ubn=terms.supplier_ubn,
        template_version=terms.template_version,
        terms=terms.to_json(),
        document=document,
        drawn_up_at=at,
    )


def prepare_signature(
    contract: Contract,
    certificate_der: bytes,
    *,
    party: Party,
    by: Actor,
    at: datetime,
    policy: TrustPolicy,
    revocation: RevocationChecker,
) -> SigningSession:
    """R-09, R-20: judge the card that is to sign, and prepare the document for exactly this card's signature.

    Raises Refusal `contract.not_now`, `card.unreadable`, `card.not_accepted`, `contract.other_company`, `contract.not_signable`.
    """
    if contract.state != _STATES[party]:
        raise Refusal("contract.not_now", _("這份契約目前不能簽署，請重新整理頁面查看最新進度。"))
    verdict = accepted_card(
        lambda: inspect_certificate(certificate_der, at=at, policy=policy, revocation=revocation)
    )
    expected = contract.buyer_ubn if party is Party.BUYER else contract.supplier_ubn
    if verdict.facts.ubn != expected:
        raise Refusal(
            "contract.other_company",
            _("這張憑證屬於 %(name)s（%(ubn)s），請改用統一編號 %(expected)s 的工商憑證簽署。"),
            name=verdict.facts.organisation,
            ubn=verdict.facts.ubn,
            expected=expected,
        )
    base = bytes(contract.document.content)
    try:
        prepared = signing.prepare(
            base, verdict.certificate_der, party=party, at=at, chain_der=verdict.chain_der[1:-1]
        )
    except signing.SigningError as error:
        raise Refusal("contract.not_signable", words.REFUSED[error.code]) from error
    with transaction.atomic(durable=True):
        return SigningSession.objects.create(
            contract=contract,
            party=party.value,
            prepared=prepared.document,
            parameters=prepared.state(),
            certificate=verdict.certificate_der,
            signer_ubn=expected,
            base_sha256=contract.document.sha256,
            created_at=at,
            expires_at=at + SESSION_LIFE,
        )


def seal(
    session: SigningSession,
    signature: bytes,
    *,
    services: SealingServices,
    at: datetime,
) -> bytes:
    """R-20: the document with the card's signature, a time-stamp and the proof that the card was good: what `finish_signature` keeps.

    Asks outside services, so it runs before the transaction and changes nothing. Raises Refusal as `finish_signature`, and
    `contract.authority_silent` when a service that must answer does not: the signer tries again, nothing is lost.
    """
    _check_session(session, at=at)
    verdict = inspect_certificate(bytes(session.certificate), at=at, policy=services.policy)
    try:
        prepared = signing.PreparedSignature.restore(bytes(session.prepared), session.parameters)
        return sealing.seal(prepared, signature, chain_der=verdict.chain_der, services=services, at=at)
    except sealing.ServiceSilent as error:
        raise Refusal("contract.authority_silent", words.REFUSED[error.code]) from error
    except signing.SigningError as error:
        raise Refusal("contract.signature_refused", words.REFUSED[error.code]) from error


def _check_session(session: SigningSession, *, at: datetime) -> None:
    if session.used_at:
        raise Refusal("contract.session_used", _("這次簽署已完成，不需要重複簽署。"))
    if not session.is_valid(at=at):
        raise Refusal("contract.session_expired", _("簽署準備已超過 2 小時，請回到契約頁重新開始簽署。"))


@transaction.atomic
def finish_signature(session: SigningSession, sealed: bytes, *, by: Actor, at: datetime) -> Contract:
    """R-20: keep the document that `seal` made of this session, and move the contract on. A session serves once.

    Raises Refusal `contract.session_used`, `contract.session_expired`, `contract.changed`.
    """
    contract = Contract.objects.select_for_update().get(pk=session.contract_id)
    locked = SigningSession.objects.select_for_update().get(pk=session.pk)
    party = Party(locked.party)
    _check_session(locked, at=at)
    if contract.document.sha256 != locked.base_sha256 or contract.state != _STATES[party]:
        raise Refusal("contract.changed", _("契約在簽署期間已有更動，請重新檢視後再簽署。"))
    document = keep(sealed, media_type=PDF, at=at)
    SigningSession.objects.filter(pk=locked.pk).update(used_at=at)
    advance(
        contract,
        CONTRACT,
        _TRANSITIONS[party],
        by=by,
        at=at,
        case=contract.case,
        changes={"document": document, _TIMES[party]: at},
        announce=False,
        sha256=document.sha256,
    )
    return contract
