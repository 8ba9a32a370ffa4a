"""The companies of the sandbox: real ones from open data, invented ones with their story, and fresh ones on demand.

Every look-up service reads from here, so that one change shows everywhere at once.
"""

import csv
import dataclasses
import functools
import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.database import Database

DATA = Path(__file__).parent / "data"
UBN_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
FIRST_MINTED = 99_991_000  # 99990001–99990999 belong to synthetic_companies.csv
LAST_MINTED = 99_999_899
DEFAULT_PIN = "135790"

FLAGS = (
    "arrears",
    "law_breach",
    "project_default",
    "prc_invested",
    "foreign_branch",
    "prior_subsidy",
    "registered",
)


@dataclass(frozen=True)
class Company:
    """One entry of the registries. Amounts in NT$, dates ISO; `employees` None = no insured unit.

    `silent` names the look-ups that never answer for it: "gcis", "fia", "agency", separated by spaces.
    """

    ubn: str
    name: str
    organisation: str
    capital: int
    paid_in: int
    kind: str = "公司"
    status_code: str = "01"
    suspended_begin: str = ""
    suspended_end: str = ""
    county: str = ""
    address: str = ""
    responsible: str = ""
    setup_date: str = ""
    business_items: tuple[str, ...] = ()
    employees: int | None = None
    arrears: bool = False
    law_breach: bool = False
    project_default: bool = False
    prc_invested: bool = False
    foreign_branch: bool = False
    prior_subsidy: bool = False
    registered: bool = True
    silent: str = ""
    card_kind: str = ""
    pin: str = ""
    role: str = ""
    note: str = ""
    origin: str = "real"

    @property
    def is_business(self) -> bool:
        return self.kind == "商業"

    @property
    def is_branch(self) -> bool:
        return self.kind == "分公司"

    def silent_at(self, service: str) -> bool:
        return service in self.silent.split()


def ubn_is_valid(ubn: str) -> bool:
    """The checksum in force since 2023-04-01 (PROTOCOLS §4)."""
    if len(ubn) != 8 or not ubn.isascii() or not ubn.isdigit() or ubn == "00000000":
        return False
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(ubn, UBN_WEIGHTS, strict=True))
    return total % 5 == 0 or (ubn[6] == "7" and (total + 1) % 5 == 0)


def read_table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def business_item_names() -> dict[str, str]:
    return {row["code"]: row["name"] for row in read_table("business_items.csv")}


def _number(text: str) -> int:
    return int(text) if text else 0


def _real(row: dict[str, str]) -> Company:
    foreign = row["foreign_country"]
    return Company(
        ubn=row["ubn"],
        name=row["name"],
        kind=row["kind"],
        organisation=row["organisation"],
        capital=_number(row["capital"]),
        paid_in=_number(row["paid_in"]),
        county=row["county"],
        address=row["county"],
        setup_date=row["setup_date"],
        note=f"外國註冊：{foreign}" if foreign else "公開資料",
    )


def _synthetic(row: dict[str, str]) -> Company:
    organisation = row["organisation"]
    kind = {"商業 獨資": "商業", "分公司": "分公司"}.get(organisation, "公司")
    values: dict[str, Any] = {**row, **{flag: row[flag] == "Y" for flag in FLAGS}}
    values |= {
        "capital": _number(row["capital"]),
        "paid_in": _number(row["paid_in"]),
        "employees": int(row["employees"]) if row["employees"] else None,
        "business_items": tuple(row["business_items"].split()),
        "organisation": "獨資" if kind == "商業" else organisation,
        "kind": kind,
        "origin": "synthetic",
    }
    return Company(**values)


TRADES = (
    ("小麥", "麵包坊", ("C104020", "F203010"), 8),
    ("山嵐", "咖啡館", ("F501060", "F203010"), 5),
    ("青田", "花藝", ("I504010", "F201070"), 3),
    ("日光", "髮廊", ("JZ99080",), 6),
    ("松風", "文具行", ("F209060", "F399040"), 4),
    ("港町", "海產", ("F201990", "F401010"), 12),
    ("厚實", "木工坊", ("E801010",), 7),
    ("微光", "攝影", ("JZ99030",), 2),
    ("禾苗", "有機商店", ("F201010", "F203010"), 9),
    ("轉角", "修車行", ("JA01010",), 5),
)
MINTED_PLACES = (("臺北市", "大同區"), ("新北市", "三重區"), ("臺中市", "南區"), ("高雄市", "鳳山區"))


class Companies:
    """The store. Rows of the CSV files are loaded when the files changed; minted and edited rows stay."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        database.script(
            """
            CREATE TABLE IF NOT EXISTS company (
                ubn TEXT PRIMARY KEY, origin TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
                card_id TEXT NOT NULL DEFAULT '');
            CREATE INDEX IF NOT EXISTS company_origin ON company (origin, ubn);
            CREATE TABLE IF NOT EXISTS loaded (digest TEXT PRIMARY KEY);
            CREATE TABLE IF NOT EXISTS minted (last INTEGER NOT NULL);
            """
        )
        self._load()

    def _load(self) -> None:
        files = ("real_companies.csv", "synthetic_companies.csv")
        digest = hashlib.sha256(b"".join((DATA / name).read_bytes() for name in files)).hexdigest()
        if self._database.one("SELECT 1 FROM loaded WHERE digest = ?", (digest,)):
            return
        rows = [_real(row) for row in read_table(files[0])]
        rows += [_synthetic(row) for row in read_table(files[1])]
        with self._database.transaction():
            for company in rows:
                self._put(company)
            self._database.run("DELETE FROM loaded")
            self._database.run("INSERT INTO loaded VALUES (?)", (digest,))

    def _put(self, company: Company) -> None:
        self._database.run(
            "INSERT INTO company (ubn, origin, name, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (ubn) DO UPDATE SET origin = excluded.origin, name = excluded.name, body = excluded.body",
            (company.ubn, company.origin, company.name, json.dumps(dataclasses.asdict(company))),
        )

    def get(self, ubn: str) -> Company | None:
        row = self._database.one("SELECT body FROM company WHERE ubn = ?", (ubn,))
        return _from_body(row["body"]) if row else None

    def card_id(self, ubn: str) -> str:
        """The number of the company's card, "" when it has none."""
        row = self._database.one("SELECT card_id FROM company WHERE ubn = ?", (ubn,))
        return row["card_id"] if row else ""

    def remember_card(self, ubn: str, card_id: str) -> None:
        self._database.run("UPDATE company SET card_id = ? WHERE ubn = ?", (card_id, ubn))

    def listing(self, *, origin: str = "", search: str = "", limit: int = 2500) -> list[tuple[Company, str]]:
        """Companies with their card numbers; invented ones first. `search` looks into name and number."""
        like = f"%{search}%"
        rows = self._database.all(
            "SELECT body, card_id FROM company WHERE (? = '' OR origin = ?) AND (name LIKE ? OR ubn LIKE ?)"
            " ORDER BY CASE origin WHEN 'synthetic' THEN 0 WHEN 'minted' THEN 1 ELSE 2 END, ubn LIMIT ?",
            (origin, origin, like, like, limit),
        )
        return [(_from_body(row["body"]), row["card_id"]) for row in rows]

    def change(self, ubn: str, **values: Any) -> Company:
        """Change fields of one company as the world would; `LookupError` unknown number, `ValueError` unknown field."""
        company = self.get(ubn)
        if company is None:
            raise LookupError(f"沒有統一編號 {ubn} 的公司。")
        editable = {f.name: f.type for f in dataclasses.fields(Company)} | {"ubn": None, "origin": None}
        for name, value in values.items():
            expected = editable.get(name)
            if expected is None:
                raise ValueError(f"沒有可以修改的欄位「{name}」。")
            if name == "business_items":
                values[name] = tuple(value)
            elif name == "employees" and value is None:
                continue
            elif type(value) is not type(getattr(company, name)) and name != "employees":
                raise ValueError(f"欄位「{name}」的型別不對。")
        changed = dataclasses.replace(company, **values)
        self._put(changed)
        return changed

    def mint(self, count: int) -> list[Company]:
        """Make `count` fresh eligible companies; a number is never given twice, even after a crash."""
        made = []
        with self._database.transaction():
            row = self._database.one("SELECT last FROM minted")
            numbers = self._free_numbers(row["last"] + 1 if row else FIRST_MINTED)
            for ubn in itertools.islice(numbers, count):
                company = self._fresh(str(ubn))
                self._put(company)
                made.append(company)
            if len(made) < count:
                raise ValueError("示範用的統一編號已經用完，請清空沙盒資料後再試。")
            if row is None:
                self._database.run("INSERT INTO minted VALUES (?)", (int(made[-1].ubn),))
            else:
                self._database.run("UPDATE minted SET last = ?", (int(made[-1].ubn),))
        return made

    def _free_numbers(self, start: int) -> Iterator[int]:
        """9999xxxx from the first free one; when those are used up, 9998xxxx and lower thousands."""
        blocks = [range(max(start, FIRST_MINTED), LAST_MINTED + 1)]
        if start < FIRST_MINTED:  # already in a lower block: go on inside it
            blocks = [range(start, start // 10_000 * 10_000 + 10_000)]
        lower = min(start, FIRST_MINTED) // 10_000 - 1
        blocks += [range(block * 10_000, block * 10_000 + 10_000) for block in range(lower, 9_900, -1)]
        for number in itertools.chain.from_iterable(blocks):
            if ubn_is_valid(str(number)) and self.get(str(number)) is None:
                yield number

    def _fresh(self, ubn: str) -> Company:
        number = int(ubn) % 100_000
        shop, trade, items, employees = TRADES[number % len(TRADES)]
        county, district = MINTED_PLACES[number // 7 % len(MINTED_PLACES)]
        year = self._clock.now().year - 2 - number % 12
        return Company(
            ubn=ubn,
            name=f"{shop}{number:05d}{trade}有限公司（示範）",
            organisation="有限公司",
            capital=(1 + number % 9) * 500_000,
            paid_in=(1 + number % 9) * 500_000 if number % 2 else 0,
            county=county,
            address=f"{county}{district}示範路{1 + number % 300}號",
            responsible="新示範",
            setup_date=f"{year}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            business_items=items,
            employees=employees,
            card_kind="primary",
            pin=DEFAULT_PIN,
            role="sme",
            note="臨時產生：符合資格的示範企業",
            origin="minted",
        )


def _from_body(body: str) -> Company:
    values = json.loads(body)
    values["business_items"] = tuple(values["business_items"])
    return Company(**values)
