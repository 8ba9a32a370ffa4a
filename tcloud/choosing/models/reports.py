"""檢舉: somebody says that a review or an answered question should not stand there; an officer decides."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.choosing.models.questions import Question
from tcloud.choosing.models.reviews import Review
from tcloud.members.models import User


class Report(models.Model):
    """One person's report of one review or question, with why. `handled_at`: when an officer hid it or let it stand."""

    class Why(models.TextChoices):
        UNTRUE = "untrue", _("內容不實")
        PERSONAL = "personal", _("含有個人資料")
        ABUSE = "abuse", _("辱罵、歧視或騷擾")
        ADVERTISING = "advertising", _("廣告或與方案無關")
        CONDUCT = "conduct", _("疑似利益交換或自我評價")

    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="reports")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, null=True, related_name="reports")
    why = models.CharField(max_length=12, choices=Why.choices)
    note = models.CharField(max_length=300, blank=True)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="report_of_one_thing",
                condition=models.Q(review__isnull=False, question=None)
                | models.Q(review=None, question__isnull=False),
            ),
            models.UniqueConstraint(fields=["review", "reported_by"], name="report_of_review_once"),
            models.UniqueConstraint(fields=["question", "reported_by"], name="report_of_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id or self.question_id} {self.why}"
