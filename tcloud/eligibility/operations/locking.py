"""Finding an application again under its lock."""

from tcloud.eligibility.models import Application


def held(application: Application) -> Application:
    """The application's row with its edition, held until the transaction ends."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("programme")
    return rows.get(pk=application.pk)
