"""Mail that comes in: the listener that takes it, and what a message says."""

from tcloud.adapters.mail.port import Incoming, Unreadable

__all__ = ["Incoming", "Unreadable"]
