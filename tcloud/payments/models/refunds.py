"""Parts of a payment that are given back while the order goes on (R-27)."""

import pgtrigger
from django.db import models

from tcloud.payments.models.charges import Charge
from tcloud.payments.states import REFUND

# A charge is never given back whole in parts: giving back all that is left is the charge's own refund.
_WITHIN = """
    PERFORM 1 FROM payments_charge WHERE id = NEW.charge_id FOR UPDATE;
    IF (SELECT coalesce(sum(amount_twd), 0) FROM payments_refund WHERE charge_id = NEW.charge_id) + NEW.amount_twd
       >= (SELECT amount_twd FROM payments_charge WHERE id = NEW.charge_id) THEN
        RAISE EXCEPTION 'pgtrigger: Cannot give back more than a part of charge %', NEW.charge_id;
    END IF;
    RETURN NEW;
"""


class Refund(models.Model):
    """A part of a paid charge that goes back to the payer. How it is sent is as with a charge owed back whole."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="refunds")
    amount_twd = models.PositiveIntegerField()
    points = models.PositiveIntegerField(help_text="Released with it, so that 1:1 still holds (R-17).")
    reason = models.TextField()
    state = models.CharField(max_length=10, default=REFUND.initial)
    version = models.PositiveIntegerField(default=0)
    decided_at = models.DateTimeField()
    refund_tries = models.PositiveSmallIntegerField(default=0)
    refund_sent_at = models.DateTimeField(
        null=True, help_text="It was sent and the outcome is not known: it is never sent again unseen."
    )
    refund_next_at = models.DateTimeField(
        null=True, help_text="A refusal was heard: it is not sent again before."
    )

    class Meta:
        triggers = [
            *REFUND.triggers(),
            pgtrigger.ReadOnly(
                name="refund_stays_what_it_is",
                fields=["charge", "amount_twd", "points", "reason", "decided_at"],
            ),
            pgtrigger.Protect(name="refund_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="refund_within_its_charge",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_WITHIN,
            ),
        ]
        constraints = [
            models.CheckConstraint(name="refund_of_something", condition=models.Q(amount_twd__gt=0)),
            models.CheckConstraint(
                name="refund_waits_only_after_a_refusal",
                condition=models.Q(refund_next_at=None) | models.Q(refund_sent_at=None, refund_tries__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_twd} of {self.charge_id}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return self.charge.case
