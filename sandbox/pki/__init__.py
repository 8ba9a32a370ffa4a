"""A test PKI modelled on MOEACA's certificate profile (PROTOCOLS §2): two levels, OCSP, CRL, RFC 3161 time-stamps.

Every name in it says 沙盒 / SANDBOX. The keys are made on first use in a directory of the operator's choice and are never
committed; nothing outside the sandbox trusts them unless `anchors/root.pem` is configured as an anchor.
"""

from sandbox.pki.authority import COMPANY_POLICY, Profile
from sandbox.pki.pki import Issued, Pki

__all__ = ["COMPANY_POLICY", "Issued", "Pki", "Profile"]
