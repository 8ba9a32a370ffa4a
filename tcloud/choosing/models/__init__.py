from tcloud.choosing.models.choices import Choice, ConsideredVersion
from tcloud.choosing.models.comparisons import ComparedVersion, Comparison, ComparisonShare
from tcloud.choosing.models.questions import Question
from tcloud.choosing.models.reports import Report
from tcloud.choosing.models.reviews import Review, ReviewText
from tcloud.choosing.models.wishes import Favourite, SavedSearch, SearchHit

__all__ = [
    "Choice",
    "ComparedVersion",
    "Comparison",
    "ComparisonShare",
    "ConsideredVersion",
    "Favourite",
    "Question",
    "Report",
    "Review",
    "ReviewText",
    "SavedSearch",
    "SearchHit",
]
