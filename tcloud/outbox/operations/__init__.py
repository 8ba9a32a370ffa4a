"""What the outbox does: letters and notices of events, letters that come back, what people want to be written about."""

from tcloud.outbox.operations.delivery import DeliveryFailed, deliver, deliver_many, message_id

__all__ = ["DeliveryFailed", "deliver", "deliver_many", "message_id"]
