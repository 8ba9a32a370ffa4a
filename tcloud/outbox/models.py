"""Messages to people, made from events, each once."""

from django.db import models

from tcloud.core.models import Event


class Message(models.Model):
    """One e-mail to one address because of one event. The unique key makes a repeated delivery harmless."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=40)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "template", "to"], name="message_once")]

    def __str__(self) -> str:
        return f"{self.template} → {self.to}"
