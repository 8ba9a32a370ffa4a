"""The component's popup in a real browser, opened by a page of another origin (PROTOCOLS §1.3, §1.4)."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import cms
from playwright.sync_api import TimeoutError, sync_playwright

from sandbox.world import World

TBS = "要簽的內容 + 1".encode()
NONCE = "00112233445566778899aabbccddeeff"
PIN = "12345678"
OPENER_PAGE = """<!doctype html><meta charset="utf-8"><title>opener</title><button id="go">go</button>
<script>
const agent = new URLSearchParams(location.search).get("agent");
window.heard = [];
window.origins = new Set();
function begin(path, request) {
  window.heard = [];
  window.popup = window.open(agent + path, "agent", "height=200,width=200,left=100,top=20");
  window.request = request;
}
window.addEventListener("message", (event) => {
  if (event.origin !== agent) return;
  const message = JSON.parse(event.data);
  window.heard.push(message);
  if (message.func === "getTbs") window.popup.postMessage(JSON.stringify(window.request), agent);
});
async function readPicture() {
  const picture = new Image();
  picture.crossOrigin = "anonymous";
  picture.src = agent + "/p11Image.bmp?_=" + Math.random();
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, 1];
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const bytes = [];
  for (let x = 0; x < 2000; x++) {
    const [r, g, b] = context.getImageData(x, 0, 1, 1).data;
    if (b === 0) break;
    bytes.push(b, g, r);
  }
  return String.fromCharCode(...bytes).replace(/\\0+$/, "");
}
</script>"""


@contextmanager
def opener() -> Iterator[str]:
    """The opener's page on an origin of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = OPENER_PAGE.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.browser
def test_popup_signs_for_a_page_of_another_origin(tmp_path: Path) -> None:
    request = {
        "func": "MakeSignature", "tbs": base64.b64encode(TBS).decode(), "tbsEncoding": "base64", "pin": PIN,
        "hashAlgorithm": "SHA256", "signatureType": "PKCS7", "nonce": NONCE, "withCardSN": "true",
    }  # fmt: skip

    with (
        World(tmp_path, agent_port=0, issue_cards=False) as world,
        opener() as opener_url,
        sync_playwright() as playwright,
    ):
        cards = world.cards
        card = cards.issue("12345675", "測試有限公司")
        cards.insert(card.card_id)
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = chromium.new_page()
        page.goto(f"{opener_url}/?agent={world.agent_url}")

        def ask(path: str, request: dict) -> dict:
            answered = "heard.length === 2 || (heard.length && heard[0].func !== 'getTbs')"
            for last in (False, True):  # on a busy machine a popup may not come up: then it is pressed again
                with page.expect_popup():
                    page.evaluate("([path, request]) => begin(path, request)", [path, request])
                try:
                    page.wait_for_function(answered, timeout=15_000)
                    break
                except TimeoutError:
                    if last:
                        raise
            page.wait_for_function("popup.closed")
            return page.evaluate("heard.at(-1)")

        signed = ask("/popupForm", request)
        wrong = ask("/ChtPopupForm", {**request, "pin": "87654321"})
        told = ask("/popupForm", {"func": "GetUserCert"})
        cards.distrust("127.0.0.1")
        stranger = ask("/popupForm", request)
        with page.expect_popup() as opened:
            page.evaluate("begin('/addDomain?domain=127.0.0.1', {})")
        opened.value.wait_for_load_state()  # its script waits for the click, not the other way round
        opened.value.get_by_role("button", name="同意", exact=True).click()
        page.wait_for_function("heard.length === 1")
        page.wait_for_function("popup.closed")
        trusted = page.evaluate("heard[0]")
        picture = json.loads(page.evaluate("readPicture()"))
        chromium.close()

    content = cms.ContentInfo.load(base64.b64decode(signed["signature"]))["content"]
    assert (signed["ret_code"], signed["cardSN"]) == (0, card.card_number)
    assert content["encap_content_info"]["content"].native == TBS
    assert wrong["last_error"] == -2147483646
    assert told["slots"][0]["token"]["certs"][1]["usage"] == "digitalSignature"
    assert stranger["ret_code"] == 0x76000031
    assert trusted["ret_code"] == 0
    assert picture["slots"][0]["token"] == {"serialNumber": card.card_number}
