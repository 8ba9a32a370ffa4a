"""The world starts, tells where everything is, obeys its switches and ends cleanly."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sandbox.switches import SERVICES, Switches
from sandbox.world import PortBusy, World

ROOT = Path(__file__).resolve().parents[2]
FIA = "/fia/OAI/api/businessRegistration/22099131"


def test_switches_know_their_services_and_modes() -> None:
    switches = Switches()
    switches.set("fia", "delay", seconds=2)
    assert (switches.mode("fia"), switches.options("fia")) == ("delay", {"seconds": 2})
    switches.reset()
    assert {switches.mode(service) for service in SERVICES} == {"ok"}
    for wrong in (("nothing", "ok"), ("fia", "nothing")):
        with pytest.raises(ValueError, match="沒有"):
            switches.set(*wrong)
    with pytest.raises(ValueError, match="數字"):
        switches.set("fia", "delay", seconds="soon")


def test_switches_are_set_shown_and_reset_over_http(http: httpx.Client) -> None:
    assert http.put("/control/switches/gcis", json={"mode": "delay", "seconds": 0.1}).status_code == 200
    assert http.get("/control/switches").json()["gcis"] == {"mode": "delay", "seconds": 0.1}
    assert http.put("/control/switches/gcis", json={"mode": "nothing"}).status_code == 400
    assert http.put("/control/switches/nothing", json={"mode": "ok"}).status_code == 400
    assert http.post("/switches", data={"service": "fia", "mode": "fail", "seconds": ""}).status_code == 303
    assert http.get(FIA).status_code == 503
    assert http.delete("/control/switches").json()["fia"] == {"mode": "ok"}
    assert http.get(FIA).status_code == 200


def test_services_fail_delay_talk_garbage_or_say_nothing(world: World, http: httpx.Client) -> None:
    world.switches.set("fia", "delay", seconds=0.2)
    began = time.monotonic()
    assert http.get(FIA).status_code == 200
    assert time.monotonic() - began >= 0.2
    world.switches.set("fia", "garbage")
    with pytest.raises(ValueError):
        http.get(FIA).json()
    world.switches.set("fia", "silent")
    with pytest.raises(httpx.ReadTimeout):
        http.get(FIA, timeout=0.2)
    world.switches.set("ocsp", "fail")
    assert http.post("/pki/issuing/ocsp", content=b"").status_code == 503
    assert http.get("/pki/issuing/complete.crl").status_code == 200


def test_the_clock_is_moved_and_put_back(http: httpx.Client) -> None:
    assert (
        http.put("/control/clock", json={"at": "2027-02-03T09:00:00+08:00"})
        .json()["now"]
        .startswith("2027-02-03T09:00")
    )
    assert "已調整" in http.get("/").text
    assert http.put("/control/clock", json={}).status_code == 400
    assert http.delete("/control/clock").json()["offset_seconds"] == 0


@pytest.mark.parametrize(
    "path", ["/", "/mail/", "/companies", "/switches", "/ecpay/merchant/", "/companies?q=9999"]
)
def test_pages_are_chinese_fit_a_phone_and_hold_no_inline_code(http: httpx.Client, path: str) -> None:
    response = http.get(path)
    assert response.status_code == 200
    assert '<html lang="zh-Hant-TW">' in response.text
    assert 'name="viewport"' in response.text
    assert "<script>" not in response.text
    assert "style=" not in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_an_unknown_page_is_a_page_or_json(http: httpx.Client) -> None:
    assert http.get("/nothing").json()["error"]
    page = http.get("/nothing", headers={"Accept": "text/html"})
    assert (page.status_code, "<html" in page.text) == (404, True)


def test_a_world_with_agent_tells_where_all_is_and_is_gone_afterwards(var: Path) -> None:
    with World(var, agent_port=0, issue_cards=False) as world:
        ready = json.loads(world.ready_file.read_text(encoding="utf-8"))
        assert ready["agent_url"] == f"http://localhost:{world.agent_port}"
        assert Path(ready["anchors"][0]).read_text().startswith("-----BEGIN CERTIFICATE")
        with httpx.Client(trust_env=False) as client:
            assert (
                client.get(f"http://127.0.0.1:{world.agent_port}/pkcs11info").json()["func"] == "pkcs11info"
            )
            assert client.get(world.base_url).status_code == 200
        with pytest.raises(PortBusy, match=str(world.port)):
            World(var / "other", port=world.port).start()
        port = world.port
    assert not world.ready_file.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


def test_the_command_says_which_port_is_busy(var: Path, running_world: World) -> None:
    command = [sys.executable, "-m", "sandbox", "--var", str(var), "--port", str(running_world.port)]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert f"連接埠 {running_world.port} 已經被別的程式占用" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_command_stops_at_once_even_while_it_makes_cards(var: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--var",
        str(var),
        "--port",
        "0",
        "--agent-port",
        "0",
        "--smtp-port",
        "0",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("第一次啟動")
        process.terminate()
        began = time.monotonic()
        assert process.wait(10) == 0
        assert time.monotonic() - began < 2
        assert "啟動途中停止" in process.stdout.read()


def test_stop_does_not_wait_for_a_silent_service(var: Path) -> None:
    world = World(var, issue_cards=False)
    world.start()
    world.switches.set("fia", "silent")
    client = socket.create_connection(("127.0.0.1", world.port), 5)
    client.sendall(f"GET {FIA} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    with httpx.Client(trust_env=False) as other:  # once this is answered, the silent request is under way
        assert other.get(f"{world.base_url}/control/clock").status_code == 200
    began = time.monotonic()
    world.stop()
    assert time.monotonic() - began < 2
    client.close()


def test_a_world_begins_at_the_time_it_is_given(tmp_path: Path) -> None:
    with World(tmp_path, issue_cards=False, clock_offset=86_400 * 92) as moved:
        assert (
            httpx.get(f"{moved.base_url}/control/clock", trust_env=False).json()["offset_seconds"]
            == 7_948_800
        )
