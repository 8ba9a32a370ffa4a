from tcloud.catalogue.models.changes import PlanChange
from tcloud.catalogue.models.files import PlanFile, PlanFileContent, VersionFile
from tcloud.catalogue.models.plans import Category, Plan, PlanVersion, Solution, Supplier
from tcloud.catalogue.models.search import NothingFound, SearchDocument, SearchWord, SynonymGroup

__all__ = [
    "Category",
    "NothingFound",
    "Plan",
    "PlanChange",
    "PlanFile",
    "PlanFileContent",
    "PlanVersion",
    "SearchDocument",
    "SearchWord",
    "Solution",
    "Supplier",
    "SynonymGroup",
    "VersionFile",
]
