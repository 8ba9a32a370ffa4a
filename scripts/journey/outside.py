"""The outside world of the demo: new companies with cards, the card component, the mailbox, the payer at the gateway."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

import httpx


class CardRefused(Exception):
    """The component did not sign; the text gives its codes."""


@dataclass(frozen=True)
class Card:
    """A card in its own reader."""

    ubn: str
    name: str
    card_id: str
    pin: str

    @property
    def reader(self) -> str:
        """Every card of a journey has a reader to itself, so that many can sign at once."""
        return f"沙盒讀卡機 {self.ubn}"


class Outside:
    """The sandbox, spoken to over its own protocols; `ready` is the content of its ready.json."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self._ready = ready
        self._http = httpx.Client(timeout=60, trust_env=False)

    def new_companies(self, count: int) -> list[Card]:
        """Companies that never applied before, known to every register, each with a card."""
        made = self._json("POST", f"{self._ready['base_url']}/control/companies", {"count": count})
        return [Card(row["ubn"], row["name"], row["card_id"], row["pin"]) for row in made]

    def card_of(self, ubn: str) -> Card:
        """The card of a company of the demo."""
        row = next(card for card in self._ready["cards"] if card["ubn"] == ubn)
        return Card(row["ubn"], row["name"], row["card_id"], row["pin"])

    def insert(self, card: Card) -> None:
        """Put the card into its reader."""
        self._json(
            "POST",
            f"{self._ready['agent_url']}/sandbox/insert",
            {"card_id": card.card_id, "reader": card.reader},
        )

    def unplug(self, card: Card) -> None:
        """Take the reader away."""
        self._json("POST", f"{self._ready['agent_url']}/sandbox/unplug", {"reader": card.reader})

    def certificate(self, card: Card) -> str:
        """GetUserCert: the signing certificate, base64, picked by its usage (PROTOCOLS §1.6)."""
        answer = self._http.get(f"{self._ready['agent_url']}/pkcs11info?withcert=true").json()
        for slot in answer["slots"]:
            if slot["slotDescription"] == card.reader and isinstance(slot["token"], dict):
                return next(
                    c["certb64"] for c in slot["token"]["certs"] if c.get("usage") == "digitalSignature"
                )
        raise CardRefused(f"no card in {card.reader}")

    def sign(self, card: Card, tbs_base64: str, *, kind: str, nonce: str = "") -> dict[str, str]:
        """MakeSignature: {signature, certificate, card_sn} as the page would post them (PROTOCOLS §1.5)."""
        request = {
            "func": "MakeSignature",
            "tbs": tbs_base64,
            "tbsEncoding": "base64",
            "hashAlgorithm": "SHA256",
            "pin": card.pin,
            "signatureType": kind,
            "nonce": nonce,
            "withCardSN": "true",
            "checkValidity": "false",
            "slotDescription": card.reader,
        }
        sent = json.dumps(request, ensure_ascii=False)
        answer = self._http.post(f"{self._ready['agent_url']}/sign", data={"tbsPackage": sent}).json()
        if answer.get("ret_code") != 0:
            raise CardRefused(f"ret_code {answer.get('ret_code'):#x}, last_error {answer.get('last_error')}")
        return {
            "signature": answer["signature"],
            "certificate": answer.get("certb64", ""),
            "card_sn": answer.get("cardSN", ""),
            "reader": card.reader,
        }

    def latest_mail(self, address: str) -> int:
        """The number of the latest mail to an address, 0 for none: what comes after it is new."""
        return max((row["id"] for row in self._mails(address)), default=0)

    def mail_to(
        self, address: str, subject: str = "", *, saying: str = "", after: int = 0, within_s: float = 60
    ) -> dict[str, Any]:
        """The latest mail to an address whose subject and text contain these; waits for the worker to send it. Raises TimeoutError."""
        give_up = time.monotonic() + within_s
        while time.monotonic() < give_up:
            found = [
                row
                for row in self._mails(address, after)
                if subject in row["subject"] and saying in row["text"]
            ]
            if found:
                return dict(max(found, key=lambda row: row["id"]))
            time.sleep(0.3)
        raise TimeoutError(f"no mail “{subject or saying}” to {address} within {within_s:.0f} s")

    def _mails(self, address: str, after: int = 0) -> list[dict[str, Any]]:
        url = f"{self._ready['mail_url'].rstrip('/')}/messages.json"
        answer = self._http.get(url, params={"to": address, "since_id": after})
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def code_for(self, address: str) -> str:
        """The six digits mailed to an address."""
        match = re.search(r"(?<!\d)\d{6}(?!\d)", self.mail_to(address, "驗證碼")["text"])
        if not match:
            raise LookupError("the mail has no code in it")
        return match.group()

    def pay(self, url: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The payer goes to the gateway with the form and pays by card; returns what the callback met."""
        answer = self._http.post(url, data=fields, follow_redirects=True)
        if refused := answer.headers.get("X-Sandbox-Error"):
            raise LookupError(f"the gateway refused the form: {refused}")
        answer.raise_for_status()
        trade = {"MerchantTradeNo": fields["MerchantTradeNo"]}
        return dict(self._json("POST", f"{self._ready['base_url']}/control/gateway/pay", trade))

    def _json(self, method: str, url: str, body: dict[str, Any]) -> Any:
        answer = self._http.request(method, url, json=body)
        if answer.status_code >= 400:
            raise LookupError(f"{url}: {answer.status_code} {answer.text[:200]}")
        return answer.json()
