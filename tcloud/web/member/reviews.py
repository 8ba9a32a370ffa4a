"""我的評價: what the company may review, and what it has said."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.choosing import operations
from tcloud.choosing.models import Review
from tcloud.choosing.queries import voices
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.choosing_forms import ReviewForm
from tcloud.web.ui.limits import too_many

MOST_SHOWN = 50


@member_page
@require_safe
def review_list(request: MemberRequest) -> HttpResponse:
    """Plans that wait for a review, then the company's own reviews."""
    written = voices.reviews_of_company(request.company)[:MOST_SHOWN]
    waiting = {
        order.plan_version.plan_id: order
        for order in reversed(voices.to_review(request.company)[:MOST_SHOWN])
    }
    context = {
        "reviews": [voices.wording(review) for review in written],
        "waiting": list(waiting.values()),
        "tab": "reviews",
    }
    return render(request, "member/choosing/reviews.html", context)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def review_write(request: MemberRequest, code: str) -> HttpResponse:
    """Write the company's review of a plan it has used, or a new wording of it."""
    earlier = voices.reviews_of_company(request.company).filter(plan__code=code).first()
    order = voices.to_review(request.company).filter(plan_version__plan__code=code).first()
    if earlier is None and order is None:
        raise Http404
    if earlier is not None and earlier.state != Review.State.PUBLISHED:
        messages.warning(request, _("這則評價目前沒有公開，不能修改。"))
        return redirect("review_list")
    form, status = _form(request, earlier), 200
    if request.method == "POST":
        if limited := too_many(request, "review", key=str(request.company.pk)):
            return limited
        status = 422
        if form.is_valid():
            try:
                if earlier is not None:
                    operations.revise_review(earlier, by=request.actor, at=clock.now(), **form.cleaned_data)
                elif order is not None:
                    operations.write_review(order, by=request.actor, at=clock.now(), **form.cleaned_data)
                messages.success(request, _("評價已公開，謝謝您的分享。"))
                return redirect("review_list")
            except Refusal as refusal:
                form.add_error("text" if refusal.code.startswith("text.") else None, refusal.text())
                status = 409
    version = earlier.plan.current if earlier else order.plan_version if order else None
    context = {"form": form, "v": version, "code": code, "earlier": earlier}
    return render(request, "member/choosing/review_write.html", context, status=status)


def _form(request: MemberRequest, earlier: Review | None) -> ReviewForm:
    if request.method == "POST":
        return ReviewForm(request.POST)
    if earlier is None:
        return ReviewForm()
    said = voices.wording(earlier).text
    return ReviewForm(initial={"rating": said.rating, "text": said.text, "shows_name": earlier.shows_name})


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: MemberRequest, code: str) -> HttpResponse:
    """Take the review back, for good; the page says so first."""
    review = get_object_or_404(voices.reviews_of_company(request.company), plan__code=code)
    if request.method == "POST":
        operations.withdraw_review(review, by=request.actor, at=clock.now())
        messages.success(request, _("評價已撤下。"))
        return redirect("review_list")
    return render(request, "member/choosing/review_withdrawal.html", {"row": voices.wording(review)})
