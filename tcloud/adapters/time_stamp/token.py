"""Judge a time-stamp token: over these bytes, by an authority we trust (RFC 3161 §2.4.2, RFC 5816)."""

import hashlib
from collections.abc import Iterable
from typing import Final

from asn1crypto import cms, tsp, x509
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from tcloud.adapters.card.chain import WEAK_DIGESTS, run_without_io
from tcloud.adapters.time_stamp.port import TimeStamp, TimeStampRefused

MAX_TOKEN_BYTES: Final = 64_000
TIME_STAMPING: Final = "time_stamping"
UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError)


def read_token(token: bytes, data: bytes, *, anchors: Iterable[bytes]) -> TimeStamp:
    """The time-stamp in `token` (DER) over `data`; its signer must lead to one of `anchors` (DER) at the time it states.

    Revocation of the authority is the caller's to ask. Raises TimeStampRefused.
    """
    try:
        if len(token) > MAX_TOKEN_BYTES:
            raise TimeStampRefused("the token is too large")
        signed = cms.ContentInfo.load(token, strict=True)["content"]
        stated = signed["encap_content_info"]["content"].parsed
        if not isinstance(stated, tsp.TSTInfo):
            raise TimeStampRefused("the token states no time")
        at = stated["gen_time"].native
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(der) for der in anchors],
            other_certs=[choice.chosen for choice in signed["certificates"]],
            allow_fetching=False,
            revocation_mode="soft-fail",
            moment=at,
        )
        found = run_without_io(
            validate_tst_signed_data(signed, context, lambda name: hashlib.new(_strong(name), data).digest())
        )
        if not found["intact"] or not found["valid"]:
            raise TimeStampRefused("the token is not over this data, or its signature is wrong")
        path = found.get("validation_path")
        if path is None:
            raise TimeStampRefused(f"the token's signer is not trusted: {found.get('trust_problem_indic')}")
        purposes = path.leaf.extended_key_usage_value
        if purposes is None or purposes.native != [TIME_STAMPING]:
            raise TimeStampRefused("the token's signer is no time-stamping authority")
        chain = tuple(
            certificate.dump() for certificate in reversed(list(path.iter_certs(include_root=True)))
        )
    except (SignatureValidationError, SigningError, ValidationError, PathError, *UNREADABLE) as error:
        raise TimeStampRefused(f"unreadable or invalid token: {error}") from error
    return TimeStamp(at=at, token=token, chain_der=chain)


def _strong(name: str) -> str:
    if name in WEAK_DIGESTS:
        raise TimeStampRefused(f"the token uses {name}")
    return name
