"""The company's card: read what it says, judge whether it may act (R-09, R-10).

Everything a caller needs is re-exported here; the modules behind are: `certificates` (facts), `chain` (path to an anchor), `cms`
(signatures), `revocation` with `ocsp`, `crl` and `fetch`, `inspect` (verdicts).
"""

from tcloud.adapters.card.certificates import load_certificates, read_trust_folder
from tcloud.adapters.card.inspect import inspect_any, inspect_certificate, inspect_cms, inspect_signature
from tcloud.adapters.card.port import (
    CardDataError,
    CardVerdict,
    CertificateFacts,
    Reason,
    Revocation,
    RevocationChecker,
    RevocationFinding,
    TrustPolicy,
)
from tcloud.adapters.card.revocation import RevocationClient, read_evidence

__all__ = [
    "CardDataError",
    "CardVerdict",
    "CertificateFacts",
    "Reason",
    "Revocation",
    "RevocationChecker",
    "RevocationClient",
    "RevocationFinding",
    "TrustPolicy",
    "inspect_any",
    "inspect_certificate",
    "inspect_cms",
    "inspect_signature",
    "load_certificates",
    "read_evidence",
    "read_trust_folder",
]
