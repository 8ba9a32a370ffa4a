"""What support keeps, one module per subject."""

from tcloud.support.models.contact import SupportSettings

__all__ = ["SupportSettings"]
