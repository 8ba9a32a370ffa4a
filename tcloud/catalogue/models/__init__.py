from tcloud.catalogue.models.plans import Category, Plan, PlanVersion, Solution, Supplier
from tcloud.catalogue.models.search import NothingFound, SearchDocument, SearchWord, SynonymGroup

__all__ = [
    "Category",
    "NothingFound",
    "Plan",
    "PlanVersion",
    "SearchDocument",
    "SearchWord",
    "Solution",
    "Supplier",
    "SynonymGroup",
]
