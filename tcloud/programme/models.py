"""Editions of the programme: every number of the rules is a column here, never a constant in code."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tcloud.core.counties import COUNTIES
from tcloud.core.stamp import public_change
from tcloud.programme.states import PROGRAMME


class Programme(models.Model):
    """One edition that an agency runs, e.g. 臺灣雲市集. Numbers changed in the middle do not touch what was granted or ordered before."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    tagline = models.CharField(max_length=120)
    tagline_en = models.CharField(max_length=160)
    agency = models.CharField(max_length=80)
    agency_en = models.CharField(max_length=120)
    operator = models.CharField(max_length=80)
    operator_en = models.CharField(max_length=120)

    state = models.CharField(max_length=16, default=PROGRAMME.initial)
    version = models.PositiveIntegerField(default=0)

    #
    max_capital_twd = models.BigIntegerField()
    max_employees = models.PositiveIntegerField(help_text="The average must stay below this.")
    #
    review_working_days = models.PositiveSmallIntegerField()
    plan_review_working_days = models.PositiveSmallIntegerField(
        default=5, help_text="How long the office takes to review a plan (R-32)."
    )
    office_county = models.CharField(
        max_length=3, help_text="Where the programme office works: its closures move review deadlines (R-28)."
    )
    accepts_secondary_cards = models.BooleanField(default=False)
    #
    grant_points = models.PositiveIntegerField()
    activation_months = models.PositiveSmallIntegerField()
    expiry_months = models.PositiveSmallIntegerField()
    # how many days before its end a company is told, and when on that day
    notice_days = ArrayField(models.PositiveSmallIntegerField())
    notice_time = models.TimeField()
    # at most numerator/denominator of the price, at least `min_points`
    points_share_numerator = models.PositiveSmallIntegerField()
    points_share_denominator = models.PositiveSmallIntegerField()
    min_points = models.PositiveSmallIntegerField()
    renewals_with_points = models.BooleanField(
        default=True,
        help_text="Whether points may pay for a service the company has already (renewal, change of plan).",
    )
    #
    order_prefix = models.CharField(max_length=4)
    # working days
    accept_working_days = models.PositiveSmallIntegerField()
    pay_working_days = models.PositiveSmallIntegerField()
    invoice_working_days = models.PositiveSmallIntegerField()
    deliver_working_days = models.PositiveSmallIntegerField()
    confirm_working_days = models.PositiveSmallIntegerField()
    # R-35, working days: the officer assigns, the expert proposes times, the company answers, the expert reports, the company looks at it
    expert_assign_working_days = models.PositiveSmallIntegerField()
    expert_propose_working_days = models.PositiveSmallIntegerField()
    expert_answer_working_days = models.PositiveSmallIntegerField()
    expert_report_working_days = models.PositiveSmallIntegerField()
    expert_close_working_days = models.PositiveSmallIntegerField()

    class Meta:
        triggers = [*PROGRAMME.triggers(), public_change("programme_public")]
        constraints = [
            models.CheckConstraint(
                name="programme_points_share_is_a_fraction",
                condition=models.Q(
                    points_share_denominator__gt=0,
                    points_share_numerator__lte=models.F("points_share_denominator"),
                ),
            ),
            models.CheckConstraint(
                name="programme_activation_within_expiry",
                condition=models.Q(activation_months__gt=0, activation_months__lte=models.F("expiry_months")),
            ),
            models.CheckConstraint(name="programme_grants_something", condition=models.Q(grant_points__gt=0)),
            models.CheckConstraint(
                name="programme_office_in_a_known_county", condition=models.Q(office_county__in=COUNTIES)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether companies may join, be granted points and order."""
        return self.state == "OPEN"
