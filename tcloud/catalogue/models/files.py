"""Pictures and documents of plans. The bytes lie in the database: one backup, and every web process has them."""

import pgtrigger
from django.db import models

from tcloud.catalogue.models.plans import PlanVersion, Supplier


class PlanFile(models.Model):
    """A picture or document a supplier gave, as checked and cleaned; known by the digest of its bytes. Never changed."""

    class Kind(models.TextChoices):
        PICTURE = "picture"
        DOCUMENT = "document"

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="plan_files")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120, help_text="As people read it when they keep the file.")
    media_type = models.CharField(max_length=40)
    size_bytes = models.PositiveIntegerField()
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "sha256"], name="plan_file_once"),
            models.CheckConstraint(
                name="plan_file_of_a_known_type",
                condition=models.Q(
                    kind="picture",
                    media_type__in=("image/png", "image/jpeg", "image/webp"),
                    width_px__isnull=False,
                    height_px__isnull=False,
                )
                | models.Q(kind="document", media_type="application/pdf"),
            ),
        ]
        triggers = [pgtrigger.Protect(name="plan_file_stays", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return self.name


class PlanFileContent(models.Model):
    """The bytes, apart from what lists read."""

    file = models.OneToOneField(PlanFile, on_delete=models.CASCADE, primary_key=True, related_name="content")
    data = models.BinaryField()

    class Meta:
        triggers = [pgtrigger.Protect(name="plan_file_content_stays", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"content of {self.pk}"


class VersionFile(models.Model):
    """A file shown with a version of a plan, in order. `title` describes a picture in words, or names a document."""

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(PlanFile, on_delete=models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "file"], name="version_file_once"),
            models.CheckConstraint(name="version_file_has_a_title", condition=~models.Q(title="")),
        ]
        triggers = [
            pgtrigger.Protect(name="version_file_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.title
