"""What changes contracts: drawing up and signing (documents), the wording they are drawn up in (templates)."""

from tcloud.contracts.operations.documents import (
    SESSION_LIFE,
    draw_up,
    finish_signature,
    keep,
    prepare_signature,
    seal,
)
from tcloud.contracts.operations.templates import (
    discard_template,
    draft_template,
    edit_template,
    publish_first_template,
    publish_template,
)

__all__ = [
    "SESSION_LIFE",
    "discard_template",
    "draft_template",
    "draw_up",
    "edit_template",
    "finish_signature",
    "keep",
    "prepare_signature",
    "publish_first_template",
    "publish_template",
    "seal",
]
