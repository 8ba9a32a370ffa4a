"""A public site takes no money by accounts that anybody has the keys of (runs with `migrate` and `check --database default`)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from tcloud.core.checks import PUBLIC_TEST_MERCHANTS


@register(Tags.database)
def accounts_of_test_merchants(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Suppliers' accounts that are public test merchants, left over from a demo."""
    from tcloud.payments.models import PaymentAccount

    if settings.DEBUG or not databases:
        return []
    if PaymentAccount._meta.db_table not in connection.introspection.table_names():
        return []  # before the first migration
    found = PaymentAccount.objects.filter(retired_at=None, merchant_id__in=PUBLIC_TEST_MERCHANTS).count()
    if not found:
        return []
    sentence = f"{found} supplier accounts are public test merchants: anybody could sign payments."
    return [Error(sentence, hint="Have their suppliers replace them, or retire them.", id="tcloud.E024")]
