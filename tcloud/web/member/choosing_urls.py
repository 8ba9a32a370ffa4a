"""Addresses of choosing, under member/choosing/: what a company keeps, asks and says about plans."""

from django.urls import path

from tcloud.web.member import comparisons, questions, reviews, wishes

urlpatterns = [
    path("", wishes.favourite_list, name="favourite_list"),
    path("favourites/<slug:code>/", wishes.favourite, name="favourite"),
    path("searches/", wishes.search_list, name="search_list"),
    path("searches/new/", wishes.search_new, name="search_new"),
    path("searches/<int:pk>/mail/", wishes.search_mail, name="search_mail"),
    path("searches/<int:pk>/deletion/", wishes.search_deletion, name="search_deletion"),
    path("comparisons/", comparisons.comparison_list, name="comparison_list"),
    path("comparisons/<int:pk>/", comparisons.comparison, name="comparison"),
    path("comparisons/<int:pk>/comparison.csv", comparisons.as_csv, name="comparison_csv"),
    path("comparisons/<int:pk>/comparison.ods", comparisons.as_ods, name="comparison_ods"),
    path("comparisons/<int:pk>/share/", comparisons.share, name="comparison_share"),
    path("comparisons/<int:pk>/deletion/", comparisons.deletion, name="comparison_deletion"),
    path("reviews/", reviews.review_list, name="review_list"),
    path("reviews/<slug:code>/", reviews.review_write, name="review_write"),
    path("reviews/<slug:code>/withdrawal/", reviews.withdrawal, name="review_withdrawal"),
    path("questions/", questions.question_list, name="question_list"),
    path("questions/new/<slug:code>/", questions.question_ask, name="question_ask"),
    path("questions/<int:pk>/withdrawal/", questions.withdrawal, name="question_withdrawal"),
]
