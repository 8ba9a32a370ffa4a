"""Suppliers, solutions and plans, in versions (R-31, R-32)."""

import pgtrigger
from django.db import models

from tcloud.catalogue.models.triggers import follows
from tcloud.core.stamp import public_change
from tcloud.members.models import Company


class Category(models.Model):
    """A kind of solution, two levels deep."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    icon = models.CharField(max_length=30)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    need_areas = models.JSONField(default=list)
    answer_template = models.JSONField(
        default=list,
        help_text="Questions every plan of this category answers, so that plans compare line by line.",
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "categories"
        triggers = [
            public_change("category_public"),
            *follows(
                "category",
                columns=("name", "name_en", "parent_id"),
                plans="""SELECT array_agg(p.id) FROM catalogue_plan p JOIN catalogue_solution s ON s.id = p.solution_id
                    JOIN catalogue_category c ON c.id = s.category_id
                    WHERE c.id IN {touched} OR c.parent_id IN {touched}""",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Supplier(models.Model):
    """資訊服務廠商. A demo supplier is invented; a real vendor's public offer is listed for reference and takes no orders."""

    company = models.OneToOneField(Company, on_delete=models.PROTECT, null=True, related_name="supplier")
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    intro = models.TextField(blank=True)
    intro_en = models.TextField(blank=True)
    support_hours = models.CharField(max_length=80, blank=True)
    support_hours_en = models.CharField(max_length=80, blank=True)
    contact_email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    not_orderable_reason = models.CharField(max_length=200, blank=True)
    not_orderable_reason_en = models.CharField(max_length=300, blank=True)
    is_demo = models.BooleanField(default=False)
    takes_orders = models.BooleanField(default=False)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="supplier_takes_orders_only_as_approved_company",
                condition=models.Q(takes_orders=False)
                | models.Q(company__isnull=False, approved_at__isnull=False),
            )
        ]
        triggers = [
            public_change("supplier_public"),
            *follows(
                "supplier",
                columns=("name", "name_en", "takes_orders"),
                plans="""SELECT array_agg(p.id) FROM catalogue_plan p JOIN catalogue_solution s ON s.id = p.solution_id
                    WHERE s.supplier_id IN {touched}""",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Solution(models.Model):
    """A product of a supplier; its plans are its price list."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="solutions")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="solutions")
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["supplier", "name"], name="solution_once")]
        triggers = [
            public_change("solution_public"),
            *follows(
                "solution",
                columns=("name", "name_en", "supplier_id", "category_id"),
                plans="SELECT array_agg(p.id) FROM catalogue_plan p WHERE p.solution_id IN {touched}",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """What is ordered. `current` is the version now listed; R-32: a delisted plan can't be ordered."""

    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="plans")
    code = models.SlugField(unique=True, max_length=80)
    current = models.OneToOneField("PlanVersion", on_delete=models.PROTECT, null=True, related_name="+")
    listed_at = models.DateTimeField(null=True)
    delisted_at = models.DateTimeField(null=True)
    delisted_by_office = models.BooleanField(default=False)
    delisted_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="plan_listed_with_a_version",
                condition=models.Q(listed_at=None) | models.Q(current__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_delisted_with_its_story",
                condition=models.Q(delisted_at__isnull=False)
                | models.Q(delisted_by_office=False, delisted_reason=""),
            ),
        ]
        triggers = [
            public_change("plan_public"),
            *follows(
                "plan",
                columns=("solution_id", "current_id", "listed_at", "delisted_at"),
                plans="SELECT array_agg(t.id) FROM {touched} t",
                whole_life=True,
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"plan/{self.code}"


class PlanVersion(models.Model):
    """One wording and price of a plan. Never changed: an order pins the version its buyer saw (R-19)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    blurb = models.CharField(max_length=200)
    blurb_en = models.CharField(max_length=300)
    description = models.TextField()
    description_en = models.TextField()
    features = models.JSONField(default=list)
    included = models.TextField(blank=True)
    included_en = models.TextField(blank=True)
    price_twd = models.PositiveIntegerField(help_text="Tax included, for the whole term.")
    term_months = models.PositiveSmallIntegerField()
    seats = models.PositiveIntegerField(null=True)
    answers = models.JSONField(
        default=dict, help_text="Code of a question of the category's template → answer."
    )
    industries = models.JSONField(
        default=list, help_text="Divisions of 行業統計分類 (two digits) it is made for; empty: any."
    )
    employees_from = models.PositiveIntegerField(
        null=True, help_text="Smallest company it is made for; null: any."
    )
    employees_to = models.PositiveIntegerField(
        null=True, help_text="Largest company it is made for; null: any."
    )
    has_trial = models.BooleanField(default=False)
    data_location = models.CharField(max_length=60, blank=True)
    data_location_en = models.CharField(max_length=60, blank=True)
    certifications = models.JSONField(default=list)
    integrations = models.JSONField(default=list)
    integrations_en = models.JSONField(default=list)
    support = models.CharField(max_length=200, blank=True)
    support_en = models.CharField(max_length=300, blank=True)
    export = models.CharField(max_length=300, blank=True)
    export_en = models.CharField(max_length=400, blank=True)
    search_words = models.TextField(blank=True)
    source = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_once"),
            models.CheckConstraint(name="plan_version_has_a_price", condition=models.Q(price_twd__gt=1)),
            models.CheckConstraint(name="plan_version_has_a_term", condition=models.Q(term_months__gt=0)),
            models.CheckConstraint(
                name="plan_version_employees_in_order",
                condition=models.Q(employees_to=None)
                | models.Q(employees_from=None)
                | models.Q(employees_to__gte=models.F("employees_from")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="plan_version_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"
