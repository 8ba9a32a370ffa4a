from tcloud.catalogue.models.plans import Category, Plan, PlanVersion, Solution, Supplier

__all__ = ["Category", "Plan", "PlanVersion", "Solution", "Supplier"]
