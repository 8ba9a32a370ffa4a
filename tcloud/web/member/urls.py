"""Addresses of the member area, under member/."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from tcloud.web.member import (
    assessment,
    card_sign_in,
    centre,
    introductions,
    join,
    people,
    points,
    points_files,
    recommendations,
    tickets,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", centre.home, name="member_home"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/right/", people.right, name="person_right"),
    path("people/<int:pk>/removal/", people.removal, name="person_removal"),
    path("people/invitations/<int:pk>/revocation/", people.revocation, name="invitation_revocation"),
    path("invitations/<str:token>/", people.invitation, name="invitation"),
    path("introductions/<int:pk>/drop/", introductions.drop, name="introduction_drop"),
    path("company/choice/", centre.company_choice, name="company_choice"),
    path("join/", join.begin, name="join"),
    path("join/consent/", join.consent, name="join_consent"),
    path("join/card/", join.card_proof, name="join_card"),
    path("join/authorisation/", join.authorisation, name="join_authorisation"),
    path("join/check/", join.check, name="join_check"),
    path("join/result/", join.result, name="join_result"),
    path("join/return/", join.returning, name="join_return"),
    path("join/appeal/", join.appeal, name="join_appeal"),
    path("join/account/", join.account, name="join_account"),
    path("join/email/", join.email, name="join_email"),
    path("join/email/code/", join.new_code, name="join_code"),
    path("join/done/", join.done, name="join_done"),
    path("card-sign-in/", card_sign_in.sign_in, name="card_sign_in"),
    path("card-sign-in/person/", card_sign_in.person, name="card_sign_in_person"),
    path("assessment/", assessment.intro, name="assessment"),
    path("assessment/areas/<slug:area>/", assessment.area, name="assessment_area"),
    path("assessment/answers/", assessment.answers, name="assessment_answers"),
    path("assessment/submission/", assessment.submission, name="assessment_submission"),
    path("assessment/result/", assessment.result, name="assessment_result"),
    path("recommendations/", recommendations.recommended, name="recommendations"),
    path("recommendations/why/", recommendations.why, name="recommendations_why"),
    path("recommendations/industry/", recommendations.industry, name="recommendations_industry"),
    path("recommendations/switch/", recommendations.switch, name="recommendations_switch"),
    path("points/", points.statement, name="points"),
    path("points/statement.csv", points_files.statement_csv, name="points_csv"),
    path("points/statement.ods", points_files.statement_ods, name="points_ods"),
    path("points/<int:pk>/", points.grant, name="points_grant"),
    path("choosing/", include("tcloud.web.member.choosing_urls")),
    path("tickets/", tickets.ticket_list, name="member_tickets"),
    path("tickets/new/", tickets.ticket_new, name="member_ticket_new"),
    path("tickets/<slug:reference>/", tickets.ticket_page, name="member_ticket"),
    path("tickets/<slug:reference>/reply/", tickets.ticket_reply, name="member_ticket_reply"),
    path("tickets/<slug:reference>/closing/", tickets.ticket_closing, name="member_ticket_closing"),
    path("tickets/<slug:reference>/files/<int:pk>/", tickets.ticket_file, name="member_ticket_file"),
    path("experts/", include("tcloud.web.member.experts_urls")),
]

if find_spec("tcloud.web.member.orders_urls"):
    urlpatterns += [path("orders/", include("tcloud.web.member.orders_urls"))]
