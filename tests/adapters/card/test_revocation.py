"""Asking whether a card was revoked (R-09): OCSP, else CRL; whatever cannot be relied on counts as silence."""

import gzip
from datetime import timedelta

import httpx
import pytest
from cryptography.x509 import OCSPNonce, ocsp

from tcloud.adapters.card import Revocation, RevocationClient, TrustPolicy, inspect_certificate
from tcloud.adapters.card.fetch import Fetcher, FetchError
from tests.adapters.card import pki

HOUR = timedelta(hours=1)
SILENT = httpx.ConnectError("no route")


class Web:
    """Both revocation services on a loop without sockets; an exception as answer is raised, a callable is asked with the request."""

    def __init__(self, responder=SILENT, crl=SILENT):
        self.answers = {pki.OCSP_URL: responder, pki.CRL_URL: crl}
        self.asked = []

    def __call__(self, request):
        self.asked.append(str(request.url))
        answer = self.answers[str(request.url)]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, content=answer)

    def check(self, card, *, at=pki.AT, **options):
        with httpx.Client(transport=httpx.MockTransport(self)) as http:
            return RevocationClient(http, 2.0, **options).check(card.der, pki.moeaca().der, at=at)


def echo_nonce(card, **details):
    def answer(request):
        nonce = (
            ocsp.load_der_ocsp_request(request.content)
            .extensions.get_extension_for_class(OCSPNonce)
            .value.nonce
        )
        return pki.ocsp_answer(card, nonce=nonce, **details)

    return answer


@pytest.mark.rule("R-09")
def test_responder_that_says_good_is_believed_and_its_answer_kept():
    card = pki.card()
    web = Web(responder=echo_nonce(card))
    finding = web.check(card)
    assert (finding.status, finding.source, finding.failures) == (Revocation.GOOD, "ocsp", ())
    assert ocsp.load_der_ocsp_response(finding.evidence).serial_number == card.certificate.serial_number
    assert web.asked == [pki.OCSP_URL]


def test_responder_authorised_by_the_issuer_is_believed():
    card = pki.card()
    assert Web(responder=pki.ocsp_answer(card, signer=pki.responder())).check(card).status is Revocation.GOOD


@pytest.mark.rule("R-09")
def test_revoked_card_is_found_out_by_either_source():
    card = pki.card()
    by_ocsp = Web(responder=pki.ocsp_answer(card, revoked_at=pki.AT - HOUR)).check(card)
    by_list = Web(crl=pki.revocation_list(card)).check(card)
    assert (by_ocsp.status, by_ocsp.source, by_ocsp.revoked_at) == (Revocation.REVOKED, "ocsp", pki.AT - HOUR)
    assert (by_list.status, by_list.source, by_list.revoked_at) == (
        Revocation.REVOKED,
        "crl",
        pki.AT - 2 * HOUR,
    )


@pytest.mark.rule("R-09")
def test_list_is_asked_when_the_responder_is_silent_and_neither_means_unknown():
    card = pki.card()
    finding = Web(crl=pki.revocation_list(pki.card())).check(card)
    assert (finding.status, finding.source, len(finding.failures)) == (Revocation.GOOD, "crl", 1)
    silent = Web().check(card)
    assert (silent.status, silent.evidence, len(silent.failures)) == (Revocation.UNKNOWN, None, 2)


def bad_answers():
    card = pki.card()
    stranger = pki.authority(pki.CA_NAME, "false ca")
    outsider = pki.responder(issuer=stranger)
    good = pki.ocsp_answer(card)
    return card, {
        "unknown certificate": pki.ocsp_answer(card, unknown=True),
        "about another card": pki.ocsp_answer(pki.card()),
        "about another authority's card": pki.ocsp_answer(card, issuer=stranger, signer=pki.moeaca()),
        "signed by a stranger": pki.ocsp_answer(card, signer=stranger),
        "responder of a stranger": pki.ocsp_answer(card, signer=outsider),
        "responder without the right": pki.ocsp_answer(card, signer=pki.responder(may_sign=False)),
        "signed by a company card": pki.ocsp_answer(card, signer=pki.card(key_name="other")),
        "stale": pki.ocsp_answer(card, this_update=pki.AT - 3 * HOUR, next_update=pki.AT - HOUR),
        "from the future": pki.ocsp_answer(card, this_update=pki.AT + HOUR, next_update=pki.AT + 2 * HOUR),
        "old, without an end": pki.ocsp_answer(card, this_update=pki.AT - 2 * HOUR, next_update=None),
        "replayed": pki.ocsp_answer(card, nonce=b"another nonce...."),
        "altered": good[:-40] + bytes([good[-40] ^ 1]) + good[-39:],
        "refused": ocsp.OCSPResponseBuilder.build_unsuccessful(
            ocsp.OCSPResponseStatus.TRY_LATER
        ).public_bytes(pki.Encoding.DER),
        "garbage": b"<html>maintenance</html>",
        "too large": bytes(300_000),
        "compressed": httpx.Response(200, content=gzip.compress(good), headers={"Content-Encoding": "gzip"}),
        "error page": httpx.Response(500),
        "elsewhere": httpx.Response(302, headers={"Location": "file:///etc/passwd"}),
    }


@pytest.mark.parametrize("case", bad_answers()[1])
def test_answer_that_cannot_be_relied_on_counts_as_silence(case):
    card, answers = bad_answers()
    finding = Web(responder=answers[case]).check(card)
    assert (finding.status, finding.evidence) == (Revocation.UNKNOWN, None)


def bad_lists():
    stranger = pki.authority(pki.CA_NAME, "false ca")
    good = pki.revocation_list()
    return {
        "signed by a stranger": pki.revocation_list(issuer=stranger),
        "another authority's": pki.revocation_list(issuer=pki.root()),
        "another name's": pki.revocation_list(issuer=pki.authority(key_name="ca")),
        "stale": pki.revocation_list(this_update=pki.AT - 3 * pki.DAY, next_update=pki.AT - pki.DAY),
        "another partition": pki.revocation_list(partition="http://crl.card.test/CRL_0002.crl"),
        "altered": good[:-9] + bytes([good[-9] ^ 1]) + good[-8:],
        "garbage": b"not found",
    }


@pytest.mark.parametrize("case", bad_lists())
def test_list_that_cannot_be_relied_on_counts_as_silence(case):
    assert Web(crl=bad_lists()[case]).check(pki.card()).status is Revocation.UNKNOWN


def test_partition_the_card_names_is_accepted():
    assert Web(crl=pki.revocation_list(partition=pki.CRL_URL)).check(pki.card()).status is Revocation.GOOD


def test_list_is_fetched_once_until_its_next_update():
    card, cache = pki.card(), {}
    web = Web(crl=pki.revocation_list())
    for moment in (pki.AT, pki.AT + HOUR, pki.AT + 3 * pki.DAY):
        web.check(card, at=moment, cache=cache)
    assert web.asked.count(pki.CRL_URL) == 2  # the third time it was stale; so was what the server still has
    assert cache == {}


def test_spoiled_cache_is_not_believed():
    web = Web(crl=pki.revocation_list())
    cache = {pki.CRL_URL: pki.revocation_list(issuer=pki.authority(pki.CA_NAME, "false ca"))}
    assert web.check(pki.card(), cache=cache).status is Revocation.GOOD
    assert web.asked.count(pki.CRL_URL) == 1


def test_only_listed_hosts_are_asked():
    card = pki.card()
    web = Web(responder=pki.ocsp_answer(card), crl=pki.revocation_list())
    finding = web.check(card, allowed_hosts={"crl.card.test"})
    assert (finding.source, web.asked) == ("crl", [pki.CRL_URL])
    assert web.check(card, allowed_hosts=frozenset()).status is Revocation.UNKNOWN


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://crl.card.test/x",
        "ldap://h/x",
        "http:///x",
        "http://me@crl.card.test/",
        "http://[x",
    ],
)
def test_only_plain_web_addresses_are_asked(url):
    with httpx.Client(transport=httpx.MockTransport(Web())) as http, pytest.raises(FetchError):
        Fetcher(http).fetch("GET", url, max_bytes=10)


def test_no_more_is_read_than_allowed():
    with httpx.Client(transport=httpx.MockTransport(Web(crl=bytes(11)))) as http:
        assert Fetcher(http).fetch("GET", pki.CRL_URL, max_bytes=11) == bytes(11)
        with pytest.raises(FetchError, match="more than 10"):
            Fetcher(http).fetch("GET", pki.CRL_URL, max_bytes=10)


def test_card_that_names_no_service_is_unknown():
    web = Web()
    assert web.check(pki.card(services=False)).status is Revocation.UNKNOWN
    assert web.asked == []


@pytest.mark.rule("R-09")
def test_verdict_carries_the_evidence_and_refuses_what_is_revoked_or_unknown():
    card = pki.card()
    policy = TrustPolicy((pki.root().der,), (pki.moeaca().der,))
    codes = {}
    for name, web in {
        "good": Web(responder=pki.ocsp_answer(card)),
        "revoked": Web(crl=pki.revocation_list(card)),
        "silent": Web(),
    }.items():
        with httpx.Client(transport=httpx.MockTransport(web)) as http:
            codes[name] = inspect_certificate(
                card.der, at=pki.AT, policy=policy, revocation=RevocationClient(http)
            ).codes
    assert codes == {"good": (), "revoked": ("revoked",), "silent": ("revocation_unknown",)}
