"""Find the path from a certificate to an anchor (RFC 5280 §6, RFC 4158), by pyhanko-certvalidator.

The library stops at the first thing it dislikes; a holder wants to hear everything at once. So the path is validated with every
algorithm allowed and at a moment inside the validity of all its certificates, and weak digests, short keys and validity periods
at the moment of judgement are listed beside it. Authority and subject key identifiers choose among the GRCA certificates, which all
carry the same name (PROTOCOLS §2).
"""

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from asn1crypto import x509
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms
from pyhanko_certvalidator.validate import async_validate_path

from tcloud.adapters.card.certificates import ASN1_ERRORS, CertificateReading, read_certificate

WEAK_DIGESTS: Final = frozenset({"md2", "md5", "sha1"})
MAX_PATHS: Final = 12
# A card sends its issuing CA and perhaps a root. The search tries every order of authorities that share a name, so a hostile bag of
# look-alikes would cost the factorial of this.
MAX_EXTRA_AUTHORITIES: Final = 4

T = TypeVar("T")


def run_without_io(coroutine: Coroutine[Any, Any, T]) -> T:
    """Result of a coroutine that never waits for anything: no event loop, so it also works inside one.

    pyHanko is written for asyncio, but with fetching off nothing in it suspends; should that change, this raises RuntimeError.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine that must not wait tried to")


@dataclass(frozen=True, slots=True)
class Weakness:
    """A digest or key too weak for today: whose, and its name or its bits."""

    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """A path, leaf first and anchor last (DER), or none; what is weak in it below the anchor; CAs outside their validity."""

    ok: bool
    path: tuple[bytes, ...] = ()
    weak_digests: tuple[Weakness, ...] = ()
    weak_keys: tuple[Weakness, ...] = ()
    not_valid_at: tuple[str, ...] = ()
    failure: str = ""

    @property
    def blemishes(self) -> int:
        return len(self.weak_digests) + len(self.weak_keys) + len(self.not_valid_at)


def find_chain(
    leaf: CertificateReading,
    *,
    at: datetime,
    anchors: Iterable[bytes],
    intermediates: Iterable[bytes] = (),
    extra: Iterable[bytes] = (),
    min_rsa_bits: int = 2048,
) -> ChainFinding:
    """The best path from `leaf` to one of `anchors`: a valid one, with as little to object to as possible.

    `extra` are certificates that came with the signature; at most 4 authorities among them are looked at, and at most 12 paths.
    `at` decides the validity of the authorities, never whether a path is found.
    """
    anchor_set = tuple(anchors)
    if leaf.der in anchor_set:
        return ChainFinding(True, (leaf.der,), *_weaknesses((leaf.asn1,), min_rsa_bits))
    authorities = [der for der in dict.fromkeys(extra) if read_certificate(der).asn1.ca]
    pool = (*intermediates, *authorities[:MAX_EXTRA_AUTHORITIES])
    context = ValidationContext(
        trust_roots=[read_certificate(der).asn1 for der in anchor_set],
        other_certs=[read_certificate(der).asn1 for der in pool],
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=at,
        algorithm_usage_policy=AcceptAllAlgorithms(),
    )
    paths, failure = run_without_io(_paths(context, leaf.asn1))
    findings = [_judge(path, context, at, min_rsa_bits) for path in paths]
    good = sorted((finding for finding in findings if finding.ok), key=lambda finding: finding.blemishes)
    if good:
        return good[0]
    return findings[0] if findings else ChainFinding(False, failure=failure)


async def _paths(context: ValidationContext, leaf: x509.Certificate) -> tuple[list[ValidationPath], str]:
    found: list[ValidationPath] = []
    try:
        async for path in context.path_builder.async_build_paths_lazy(leaf):
            found.append(path)
            if len(found) == MAX_PATHS:
                break
    except PathError as error:
        return found, str(error)
    return found, ""


def _judge(path: ValidationPath, base: ValidationContext, at: datetime, min_rsa_bits: int) -> ChainFinding:
    below_anchor = list(path.iter_certs(include_root=False))
    whole = list(path.iter_certs(include_root=True))
    ders = tuple(certificate.dump() for certificate in reversed(whole))
    earliest = max(certificate.not_valid_before for certificate in below_anchor)
    latest = min(certificate.not_valid_after for certificate in below_anchor)
    if earliest > latest:
        return ChainFinding(False, ders, failure="the validity periods of the path do not overlap")
    context = ValidationContext(
        trust_manager=base.path_builder.trust_manager,
        certificate_registry=base.certificate_registry,
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=min(max(at, earliest), latest),
        algorithm_usage_policy=AcceptAllAlgorithms(),
    )
    try:
        run_without_io(async_validate_path(context, path))
    except (ValidationError, PathError, *ASN1_ERRORS) as error:
        return ChainFinding(False, ders, failure=str(error))
    return ChainFinding(
        True,
        ders,
        *_weaknesses(below_anchor, min_rsa_bits),
        tuple(
            certificate.subject.human_friendly
            for certificate in whole
            if certificate is not path.leaf
            and not certificate.not_valid_before <= at <= certificate.not_valid_after
        ),
    )


def _weaknesses(
    certificates: Iterable[x509.Certificate], min_rsa_bits: int
) -> tuple[tuple[Weakness, ...], tuple[Weakness, ...]]:
    digests, keys = [], []
    for certificate in certificates:
        subject = certificate.subject.human_friendly
        try:
            digest = certificate["signature_algorithm"].hash_algo
        except ValueError:  # an algorithm that implies its digest, such as EdDSA
            digest = None
        if digest in WEAK_DIGESTS:
            digests.append(Weakness(subject, digest.upper()))
        if certificate.public_key.algorithm == "rsa" and certificate.public_key.bit_size < min_rsa_bits:
            keys.append(Weakness(subject, str(certificate.public_key.bit_size)))
    return tuple(digests), tuple(keys)
