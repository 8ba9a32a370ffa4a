"""The demo's start: who is in the way is named, nothing of an earlier run is left, and nothing else is touched."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import demo, demo_ports
from scripts.demo_welcome import welcome


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(demo, "VAR", tmp_path)
    monkeypatch.setattr(demo, "RUN_FILE", tmp_path / "demo.json")
    return tmp_path


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries the mark of a demo that was killed."""
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    process = subprocess.Popen(command, env={**os.environ, "TCLOUD_DEMO_RUN": "test-run"})
    yield process
    process.kill()
    process.wait()


def test_check_ports_names_who_holds_a_port(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setattr(demo, "WEB", port)
        with pytest.raises(SystemExit):
            demo.check_ports()
    said = capsys.readouterr().err
    assert f"連接埠 {port}" in said
    assert f"kill {os.getpid()}" in said


def test_take_lock_clears_away_the_parts_of_a_killed_demo(
    var: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    (var / "demo.json").write_text(json.dumps({"pid": 2**22 + 1, "mark": "test-run"}))
    demo.take_lock().close()
    assert sleeper.wait(10) != 0
    assert not (var / "demo.json").exists()


def test_take_lock_leaves_other_processes_alone(var: Path, sleeper: subprocess.Popen[bytes]) -> None:
    (var / "demo.json").write_text(json.dumps({"pid": 2**22 + 1, "mark": "another-run"}))
    demo.take_lock().close()
    assert sleeper.poll() is None


def test_reset_is_refused_while_a_demo_runs(
    var: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = demo.take_lock()
    (var / "demo.json").write_text(json.dumps({"pid": os.getpid(), "mark": "mine"}))
    (var / "sandbox").mkdir()
    monkeypatch.setattr(demo_ports, "is_alive", lambda *_: True)
    monkeypatch.setattr(demo, "_until", lambda true, seconds: true())
    with pytest.raises(SystemExit):
        demo.reset()
    assert (var / "sandbox").exists()
    assert "Ctrl-C" in capsys.readouterr().err
    running.close()


def test_reset_empties_what_the_demo_made_and_nothing_else(var: Path) -> None:
    for name in ("sandbox", "mine"):
        (var / name).mkdir()
    assert demo.reset() == 0
    assert sorted(path.name for path in var.iterdir()) == ["demo.lock", "mine"]


def test_welcome_tells_the_password_the_cards_and_where_to_begin() -> None:
    world = {
        "base_url": "http://s", "mail_url": "http://s/mail/", "agent_url": "http://a",
        "cards": [{"ubn": "99990004", "pin": "135790", "name": "麵包坊", "note": "正常"}],
    }  # fmt: skip
    seed = {"password": "secret", "accounts": [{"role": "officer", "email": "officer@x", "name": "王"}]}
    text = welcome("http://site", world, seed, seconds=3.2)
    for part in ("secret", "officer@x", "99990004　PIN 135790", "http://s/mail/", "Ctrl-C", "3 秒"):
        assert part in text
