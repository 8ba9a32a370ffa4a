"""The code of a lead, kept in the session of a visitor who has first to join or to sign in."""

from typing import Final

from django.http import HttpRequest

from tcloud.leads import rules

KEY: Final = "lead"
OPENED_KEY: Final = "leads_opened"
MOST_OPENED: Final = 20


def remember(request: HttpRequest, code: str) -> None:
    """Keep the code until it is taken up."""
    request.session[KEY] = code


def remembered(request: HttpRequest) -> str:
    """The code kept, as it is printed in addresses; empty when there is none."""
    code = str(request.session.get(KEY, ""))
    return code if rules.is_well_formed(code) else ""


def forget(request: HttpRequest) -> None:
    """It was taken up, or can't be."""
    request.session.pop(KEY, None)


def opens_first(request: HttpRequest, code: str) -> bool:
    """Whether this browser opens the code for the first time, as far as its session goes back."""
    opened = request.session.get(OPENED_KEY, [])
    if code in opened:
        return False
    request.session[OPENED_KEY] = [*opened, code][-MOST_OPENED:]
    return True
