"""Addresses of the expert service, under member/experts/. A change of state is a noun that one posts to."""

from django.urls import path

from tcloud.web.member import experts

urlpatterns = [
    path("", experts.request_list, name="expert_requests"),
    path("new/", experts.request_new, name="expert_new"),
    path("<slug:number>/", experts.request_page, name="expert_request"),
    path("<slug:number>/agreement/", experts.agreement, name="expert_agreement"),
    path("<slug:number>/other-times/", experts.other_times, name="expert_other_times"),
    path("<slug:number>/postponement/", experts.postponement, name="expert_postponement"),
    path("<slug:number>/withdrawal/", experts.withdrawal, name="expert_withdrawal"),
    path("<slug:number>/feedback/", experts.feedback, name="expert_feedback"),
    path("<slug:number>/visit.ics", experts.calendar_file, name="expert_calendar"),
    path("<slug:number>/files/<int:pk>/", experts.attachment, name="expert_file"),
]
