"""The rehearsal clock: by how much the shown time differs from real time."""

import pgtrigger
from django.db import models


class ClockMove(models.Model):
    """An officer moved the clock. The newest row counts for every process; a shift of zero is real time again.

    `moved_at` is the real moment, `shows` what the clock was set to. Append-only.
    """

    shift = models.DurationField()
    shows = models.DateTimeField()
    moved_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now())
    reason = models.CharField(max_length=200, blank=True)
    by_user_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="clock_move_adds_up",
                condition=models.Q(
                    shows=models.ExpressionWrapper(
                        models.F("moved_at") + models.F("shift"), output_field=models.DateTimeField()
                    )
                ),
            )
        ]
        triggers = [
            pgtrigger.Protect(name="clock_move_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.shows:%F %T}"
