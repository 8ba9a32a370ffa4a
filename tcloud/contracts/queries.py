"""Questions about contracts."""

import re
from typing import Final

from tcloud.contracts.models import Contract

SHA256: Final = re.compile(r"[0-9a-f]{64}")


def by_digest(sha256: str) -> Contract | None:
    """The contract whose document, as it is kept now, has this SHA-256 (hex, either case, spaces allowed); None when there is none."""
    wanted = "".join(sha256.split()).lower()
    if not SHA256.fullmatch(wanted):
        return None
    return Contract.objects.select_related("document").filter(document__sha256=wanted).first()
