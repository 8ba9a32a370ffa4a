"""The demo to walk in: the one that runs, else one started for the journey and stopped after it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

START_WITHIN_S = 180


def state_directory() -> Path:
    """Where the demo keeps its state."""
    return Path(os.environ.get("TCLOUD_VAR", "var")).resolve()


def ready() -> dict[str, Any] | None:
    """The sandbox's ready.json of a demo whose web server answers."""
    file = state_directory() / "sandbox" / "ready.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        answered = httpx.get(f"{site_url()}/healthz", timeout=2, trust_env=False).status_code == 200
    except (OSError, ValueError, httpx.HTTPError):
        return None
    return found if answered else None


def site_url() -> str:
    """Where the site is."""
    return os.environ.get("TCLOUD_SITE_URL", "http://127.0.0.1:8000")


@contextmanager
def running_demo() -> Iterator[tuple[str, dict[str, Any]]]:
    """(site address, the sandbox's ready.json). Raises SystemExit when no demo runs and none can be started."""
    if found := ready():
        yield site_url(), found
        return
    print("journey: 沒有執行中的示範環境，先啟動一個……", flush=True)
    log = state_directory() / "journey-demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "scripts/demo.py"], stdout=output, stderr=output)
        try:
            yield site_url(), _wait(process, log)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _wait(process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    give_up = time.monotonic() + START_WITHIN_S
    while time.monotonic() < give_up:
        if process.poll() is not None:
            break
        if found := ready():
            return found
        time.sleep(0.5)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    sys.exit(f"journey: the demo did not start.\n{tail}")
