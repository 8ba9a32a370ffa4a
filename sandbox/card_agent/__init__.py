"""The card component on http://localhost:61161, as HiPKI LocalSignServer speaks (PROTOCOLS §1), with software cards in it.

`create_app` gives the ASGI application; `sign_cms` makes the same CMS for tests that need no component.
"""

from sandbox.card_agent.app import create_app
from sandbox.card_agent.signing import sign_cms

__all__ = ["create_app", "sign_cms"]
