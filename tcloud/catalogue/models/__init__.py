from tcloud.catalogue.models.changes import PlanChange
from tcloud.catalogue.models.files import PlanFile, PlanFileContent, VersionFile
from tcloud.catalogue.models.plans import Category, Plan, PlanVersion, Solution, Supplier

__all__ = [
    "Category",
    "Plan",
    "PlanChange",
    "PlanFile",
    "PlanFileContent",
    "PlanVersion",
    "Solution",
    "Supplier",
    "VersionFile",
]
