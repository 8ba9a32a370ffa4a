"""What the database must refuse about letters, notices and addresses, for test_database_guards.py."""

from django.db.models import Model

from tcloud.core.models import Event
from tcloud.members.models import AddressChange, Company, User
from tcloud.outbox.models import Bounce, FailingAddress, Message, Notice, Unwanted
from tests.factories import NOW
from tests.repository.rows import again, change


def rows(event: Event, company: Company) -> dict[str, Model]:
    """One row of everything that is guarded."""
    user = User.objects.filter(memberships__company=company).first()
    sent = Message.objects.create(
        event=event, template="sent", to="a@b.tw", subject="s", created_at=NOW, sent_at=NOW
    )
    return {
        "sent": sent,
        "bounce": Bounce.objects.create(
            message=sent, action="failed", status="5.1.1", is_hard=True, received_at=NOW
        ),
        "failing": FailingAddress.objects.create(email="a@b.tw", hard_bounces=1, since=NOW, last_at=NOW),
        "unwanted": Unwanted.objects.create(email="a@b.tw", category="searches", at=NOW),
        "notice": Notice.objects.create(
            user=user, event=event, template="t", sentence="s", sentence_en="s", path="/", at=NOW
        ),
        "address_change": AddressChange.objects.create(
            user=user, email="new@b.tw", former="a@b.tw", asked_at=NOW
        ),
    }


TRIES = {
    "message_sent_or_given_up": [lambda w: change(w.sent, given_up_at=NOW, error="x")],
    "message_given_up_for_a_reason": [lambda w: change(w.message, given_up_at=NOW)],
    "bounce_noted_once": [lambda w: again(w.bounce, is_hard=False)],
    "bounce_hard_once": [lambda w: again(w.bounce, status="5.2.1")],
    "failing_address_once": [lambda w: again(w.failing, email="A@b.tw")],
    "failing_address_failed": [lambda w: change(w.failing, hard_bounces=0)],
    "unwanted_once": [lambda w: again(w.unwanted, email="A@b.tw")],
    "notice_once": [lambda w: again(w.notice)],
    "notice_leads_into_the_site": [
        lambda w: change(w.notice, path="https://example.org/"),
        lambda w: change(w.notice, path="//example.org/"),
    ],
    "address_change_to_another": [lambda w: change(w.address_change, email="a@b.tw")],
    "address_change_few_tries": [lambda w: change(w.address_change, tries=6)],
}
