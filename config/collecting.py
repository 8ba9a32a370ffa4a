"""How often a web process looks for garbage."""

import gc

from django.urls import get_resolver


def collect_rarely() -> None:
    """Load the views too, as the first request would, then look rarely. Call once, when Django is set up.

    What was loaded until now stays, and a request makes thousands of short-lived objects: looking through them every 700, as is the
    default, takes up to a fifth of the time of a submission (benches, order/submit-http).
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
