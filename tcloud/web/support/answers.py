"""常用回覆: the answers that agents put in with one press, kept by themselves."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.support.models import CannedAnswer
from tcloud.support.operations import answers as operations
from tcloud.support.queries import chat as queries
from tcloud.web.support.chat_forms import AnswerForm


@require_safe
def answer_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """All of them, by title."""
    return render(request, "support/chat/answers.html", {"answers": queries.answers()})


def _find(pk: int) -> CannedAnswer:
    found = queries.answers().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def answer_page(request: HttpRequest, by: Actor, pk: int | None = None) -> HttpResponse:
    """Write a new one, or change one."""
    answer = _find(pk) if pk is not None else None
    status = 200
    if request.method == "POST":
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                operations.save_answer(answer, **form.cleaned_data, by=by, at=clock.now())
                messages.success(request, _("已儲存常用回覆。"))
                return redirect("support_answers")
            except Refusal as refusal:
                form.add_error(None, refusal.text())
                status = 409
    else:
        form = AnswerForm(initial=vars(answer) if answer else None)
    return render(request, "support/chat/answer.html", {"form": form, "answer": answer}, status=status)


@require_POST
def retirement(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """No longer offered."""
    answer = _find(pk)
    operations.retire_answer(answer, version=answer.version, by=by, at=clock.now())
    messages.success(request, _("已停用「%(title)s」。") % {"title": answer.title})
    return redirect("support_answers")
