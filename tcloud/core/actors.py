"""Who acts. Every operation takes `by: Actor`."""

from dataclasses import dataclass
from typing import Final

VISITOR: Final = "visitor"
COMPANY: Final = "company"
SUPPLIER: Final = "supplier"
OFFICER: Final = "officer"
AUDITOR: Final = "auditor"
SUPPORT: Final = "support"
EXPERT: Final = "expert"
GATEWAY: Final = "gateway"
SYSTEM: Final = "system"


@dataclass(frozen=True)
class Actor:
    """One who acts: the kind decides what is allowed, `user_id` and `company_id` (when there are any) say who it was.

    `may_bind`: whether she may bind those she acts for; a colleague without the right to order may not.
    """

    kind: str
    user_id: int | None = None
    company_id: int | None = None
    name: str = ""
    may_bind: bool = True


THE_SYSTEM = Actor(SYSTEM, name="系統")
THE_GATEWAY = Actor(GATEWAY, name="金流平台")
