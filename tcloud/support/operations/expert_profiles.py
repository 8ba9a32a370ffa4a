"""R-35: what an expert advises on and where. Experts keep their own profile, officers every one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import EXPERT, OFFICER, SYSTEM, Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import not_yours
from tcloud.members.models import User
from tcloud.support.models import ExpertProfile

FIELDS: Final = ("areas", "counties", "online", "takes_cases", "bio", "bio_en")


@transaction.atomic(durable=True)
def save_profile(
    expert: User, said: Mapping[str, Any], *, version: int, by: Actor, at: datetime
) -> ExpertProfile:
    """R-35: keep an expert's profile (FIELDS). `version` is that of the profile looked at, 0 for none.

    Raises Refusal `transition.not_yours`, `expert.profile_reaches_nobody`; Stale.
    """
    own = by.kind == EXPERT and by.user_id == expert.pk
    if not own and by.kind not in (OFFICER, SYSTEM):
        raise not_yours()
    if said["takes_cases"] and not (said["areas"] and (said["counties"] or said["online"])):
        raise Refusal(
            "expert.profile_reaches_nobody", _("接案的專家須至少選擇一個領域，以及一個縣市或線上會議。")
        )
    User.objects.select_for_update().get(pk=expert.pk)
    profile = ExpertProfile.objects.filter(user=expert).first() or ExpertProfile(user=expert)
    if profile.version != version:
        raise Stale()
    for name in FIELDS:
        setattr(profile, name, said[name])
    profile.version = version + 1
    profile.save()
    events.record("expert.profile_saved", profile, case=f"user/{expert.pk}", by=by, at=at, announce=False)
    return profile
