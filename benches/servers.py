"""Which server, and how many threads: the list of plans for visitors and for a signed-in member (docs/decisions/0011).

python -m benches.servers [--rounds N]
"""

import argparse
import statistics

from benches import orders, serving, world
from benches.client import rate, request

REQUESTS = 64
ASGI = "benches.ours_asgi:application"


def candidates(port: int) -> dict[str, list[str]]:
    """Each server's command, by name; all with two processes but one."""
    threads = {
        f"granian wsgi, 2 workers x {count}": serving.granian(serving.OURS, port, threads=count)
        for count in (1, 2, 4, 8)
    }
    return threads | {
        "granian wsgi, 1 worker x 4": serving.granian(serving.OURS, port, workers=1, threads=4),
        "uvicorn asgi, 2 workers": serving.uvicorn(ASGI, port, workers=2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches.servers")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    world.prepare()
    cookies = orders.signed_in()
    visitor = [request("GET", "/plans/")] * REQUESTS
    member = [request("GET", "/plans/", cookies=cookies)] * REQUESTS
    found: dict[str, tuple[list[float], list[float]]] = {}
    for _round in range(options.rounds):
        port = serving.free_port()
        for name, command in candidates(port).items():
            with serving.running(command, port):
                rate(port, visitor[:16])
                rate(port, member[:16])
                first, second = found.setdefault(name, ([], []))
                first.append(rate(port, visitor))
                second.append(rate(port, member))
                print(f"{name:<32}{first[-1]:>10.1f}{second[-1]:>10.1f}", flush=True)
    print(f"\n{'server':<32}{'visitor':>10}{'member':>10}  requests/s, medians of {options.rounds}")
    for name, (first, second) in found.items():
        print(f"{name:<32}{statistics.median(first):>10.1f}{statistics.median(second):>10.1f}")


if __name__ == "__main__":
    main()
