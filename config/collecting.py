"""How often a web process looks for garbage."""

import gc


def collect_rarely() -> None:
    """Call once everything is loaded.

    What was loaded until now stays, and a request makes thousands of short-lived objects: looking through them every 700, as is the
    default, takes up to a fifth of the time of a submission (benches, order/submit-http).
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
