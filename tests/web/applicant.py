"""A company that joins through the pages, with a software card; only the ports to the outside are replaced."""

import base64
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from asn1crypto import core as asn1
from django.test import Client
from django.urls import reverse

from tcloud.adapters.registries.port import (
    Answer,
    Breaches,
    CompanyRecord,
    Evidence,
    InsuredMonth,
    Kind,
    LabourInsurance,
    PrcInvestment,
    Registries,
    RegistryUnavailable,
    Source,
    Subsidies,
    TaxArrears,
    Why,
)
from tcloud.eligibility import email_code
from tcloud.eligibility.models import Application
from tests import factories
from tests.adapters.card import pki

DAY = date(2027, 1, 10)
ACCOUNT = {
    "name": "林小美",
    "email": "mei@example.tw",
    "phone": "02-23456789",
    "password": "noodle-stall-at-dawn",
}


@dataclass
class FakeRegisters:
    """The registers' port, answering what a test sets: a small, clean company."""

    capital_twd: int = 3_000_000
    insured: int = 5
    silent: set[Source] = field(default_factory=set)
    asked: int = 0

    def _answer(self, source: Source, value: Any, at: datetime) -> Answer[Any]:
        evidence = (Evidence(source, f"https://{source}.test", at, 200),)
        if source in self.silent:
            failed = (replace(evidence[0], http_status=None, failure=Why.TIMEOUT),)
            raise RegistryUnavailable(source, Why.TIMEOUT, evidence=failed)
        return Answer(value, evidence)

    def company(self, ubn: str, *, at: datetime) -> Answer[Any]:
        self.asked += 1
        record = CompanyRecord(
            ubn, Kind.COMPANY, "測試麵店有限公司", "核准設立", "01", True, self.capital_twd, self.capital_twd,
            representative="林大年", address="臺南市中西區測試路 1 號",
        )  # fmt: skip
        return self._answer(Source.GCIS, record, at)

    def business_items(self, ubn: str, *, at: datetime) -> Answer[Any]:
        return self._answer(Source.GCIS, (), at)

    def tax_registration(self, ubn: str, *, at: datetime) -> Answer[Any]:
        return self._answer(Source.TAX_REGISTRY, None, at)

    def labour_insurance(self, ubn: str, *, reference: str, at: datetime) -> Answer[Any]:
        months = tuple(InsuredMonth(f"2026-{n:02d}", self.insured) for n in range(1, 13))
        return self._answer(Source.LABOUR_INSURANCE, LabourInsurance(ubn, months), at)

    def tax_arrears(self, ubn: str, *, reference: str, at: datetime) -> Answer[Any]:
        return self._answer(Source.TAX_ARREARS, TaxArrears(ubn, False, DAY), at)

    def law_breaches(self, ubn: str, *, reference: str, at: datetime) -> Answer[Any]:
        return self._answer(Source.LAW_BREACHES, Breaches(ubn, ()), at)

    def project_defaults(self, ubn: str, *, reference: str, at: datetime) -> Answer[Any]:
        return self._answer(Source.PROJECT_DEFAULTS, Breaches(ubn, ()), at)

    def prc_investment(self, ubn: str, *, reference: str, at: datetime) -> Answer[Any]:
        return self._answer(Source.PRC_INVESTMENT, PrcInvestment(ubn, False, DAY), at)

    def subsidies(self, ubn: str, *, reference: str, at: datetime) -> Answer[Any]:
        return self._answer(Source.SUBSIDIES, Subsidies(ubn, ()), at)

    def clients(self) -> Registries:
        return Registries(self, self, self)


@dataclass
class Applicant:
    """A browser and a card."""

    ubn: str = pki.UBN
    client: Client = field(default_factory=Client)

    def get(self, name: str, /, *args: object) -> Any:
        return self.client.get(reverse(name, args=args))

    def post(self, name: str, /, *args: object, **data: Any) -> Any:
        return self.client.post(reverse(name, args=args), data)

    def challenge(self, name: str = "join_card") -> dict[str, str]:
        """What the page tells the card component: tbs and nonce."""
        page = self.get(name).content.decode()
        found = {key: re.search(rf'data-{key}="([^"]+)"', page) for key in ("tbs", "nonce")}
        return {key: match.group(1) for key, match in found.items() if match}

    def sign(self, challenge: dict[str, str]) -> dict[str, str]:
        """What the page posts after the card has signed."""
        content = base64.b64decode(challenge["tbs"])
        nonce = asn1.OctetString(bytes.fromhex(challenge["nonce"]))
        message = pki.sign_cms(factories.card(self.ubn), content, nonce=nonce)
        return {"nonce": challenge["nonce"], "signature": base64.b64encode(message).decode()}

    def show_card(self, name: str = "join_card") -> Any:
        return self.post(name, **self.sign(self.challenge(name)))

    def to_card(self) -> None:
        self.post("join")
        self.post("join_consent", personal_data="on")

    def to_check(self) -> None:
        self.to_card()
        self.show_card()
        self.post("join_authorisation", data_lookup="on", declarations="on")

    def to_result(self) -> Any:
        self.to_check()
        self.post("join_check")
        return self.get("join_result")

    def to_email(self, **changes: str) -> Any:
        self.to_result()
        return self.post("join_account", **ACCOUNT | changes)

    def to_member(self) -> Any:
        self.to_email()
        return self.post("join_email", code=self.code())

    @property
    def application(self) -> Application:
        return Application.objects.get(token=self.client.session["join_application"])

    def code(self) -> str:
        """The code in the mail."""
        application = self.application
        return email_code.code(application.pk, application.code_serial)


def wrong(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
