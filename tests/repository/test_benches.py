"""What the benches compare with can be started."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_least_application_starts_with_the_models_it_names():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "benches.minimal.settings"}
    done = subprocess.run(
        [sys.executable, "-c", "import benches.minimal.wsgi, benches.minimal.urls"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
