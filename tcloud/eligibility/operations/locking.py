"""Finding an application again under its lock."""

from tcloud.eligibility.models import Application


def held(application: Application) -> Application:
    """The application's row with its edition, held until the transaction ends."""
    return Application.objects.select_for_update().select_related("programme").get(pk=application.pk)
