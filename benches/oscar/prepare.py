"""python -m benches.oscar.prepare N: baskets of N people, one ordered here. Prints how many statements that took, then N-1 requests as hex."""

import os
import sys
from decimal import Decimal
from typing import Any

import django
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.test import Client

from benches.client import CSRF, request, statements

PATH = "/checkout/preview/"


def _product() -> Any:
    from oscar.core.loading import get_model

    kind = get_model("catalogue", "ProductClass").objects.create(
        name="cloud", requires_shipping=False, track_stock=False
    )
    product = get_model("catalogue", "Product").objects.create(title="plan", product_class=kind)
    partner = get_model("partner", "Partner").objects.create(name="supplier")
    get_model("partner", "StockRecord").objects.create(
        product=product, partner=partner, partner_sku="plan", price=Decimal(12_000)
    )
    return product


def _ready(number: int, product: Any, strategy: Any) -> str:
    """The session of a person before the preview of her order."""
    from oscar.core.loading import get_model

    user = get_user_model().objects.create(
        username=f"bench{number}", email=f"bench{number}@example.tw", password="!"
    )
    basket = get_model("basket", "Basket").objects.create(owner=user)
    basket.strategy = strategy
    basket.add_product(product, 1)
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "oscar.apps.customer.auth_backends.EmailBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "checkout_data": {"shipping": {"method_code": "no-shipping-required"}, "payment": {}},
        }
    )
    session.save()
    return str(session.session_key)


def _statements(key: str) -> int:
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies["sessionid"] = key
    return statements(lambda: client.post(PATH, {"action": "place_order"}), to="thank-you")


def main(count: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "benches.oscar.settings"
    django.setup()
    from oscar.apps.partner.strategy import Selector

    call_command("migrate", verbosity=0, interactive=False)
    product, strategy = _product(), Selector().strategy()
    first, *keys = [_ready(number, product, strategy) for number in range(count)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(_statements(first))
    for key in keys:
        cookies = {"sessionid": key, "csrftoken": CSRF}
        print(request("POST", PATH, cookies=cookies, body=b"action=place_order", X_CSRFToken=CSRF).hex())


if __name__ == "__main__":
    main(int(sys.argv[1]))
