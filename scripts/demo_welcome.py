"""What `make demo` prints when all is up: addresses, accounts, cards, and what to try first."""

from typing import Any

ROLES = {
    "company": "企業會員 company",
    "supplier": "供應商 supplier",
    "officer": "承辦人員 officer",
    "auditor": "稽核 auditor",
    "support": "客服 support",
    "expert": "專家 expert",
}
CARDS_SHOWN = 12


def welcome(url: str, world: dict[str, Any], seed: dict[str, Any], *, seconds: float) -> str:
    """The text. `world` is the sandbox's ready.json, `seed` what `manage.py seed` answered."""
    line = "─" * 78
    return "\n".join(
        [
            "", line, f"臺灣雲市集示範站已啟動（{seconds:.0f} 秒） The demo is up.", line,
            *_addresses(url, world), "", *_accounts(seed), "", *_cards(world), "", *_first_steps(url, world), line, "",
        ]
    )  # fmt: skip


def _addresses(url: str, world: dict[str, Any]) -> list[str]:
    return [
        f"  網站 site              {url}/　English: {url}/en/",
        f"  信箱 mailbox           {world['mail_url']}",
        f"  卡片與讀卡機 cards     {world['agent_url']}/sandbox/",
        f"  外部世界 sandbox       {world['base_url']}/",
    ]


def _accounts(seed: dict[str, Any]) -> list[str]:
    rows, shown = [], set()
    for account in seed.get("accounts", []):
        first = account["role"] not in shown
        shown.add(account["role"])
        if first or account["role"] == "officer":
            rows.append(
                f"  {ROLES.get(account['role'], account['role'])}　{account['email']}　{account['name']}"
            )
    more = len(seed.get("accounts", [])) - len(rows)
    return [
        f"帳號 Accounts（密碼 password：{seed.get('password', '')}）",
        *rows,
        *(
            [f"  …另有 {more} 個供應商帳號：每家是「網址代稱@demo.tcloud.example」 and {more} more suppliers"]
            if more > 0
            else []
        ),
    ]


def _cards(world: dict[str, Any]) -> list[str]:
    """The first demo cards; the card page of the sandbox has all of them."""
    cards = world.get("cards", [])
    rows = [
        f"  {card['ubn']}　PIN {card['pin']}　{card['name']}　{card.get('note', '')}"
        for card in cards[:CARDS_SHOWN]
    ]
    return [
        "示範工商憑證 Demo cards（在「卡片與讀卡機」插卡 insert them at the card page）",
        *rows,
        *(
            [f"  …共 {len(cards)} 張，其餘見 {world['base_url']}/ all of them there"]
            if len(cards) > CARDS_SHOWN
            else []
        ),
    ]


def _first_steps(url: str, world: dict[str, Any]) -> list[str]:
    return [
        "先試試看 Try first",
        f"  1. 在 {world['agent_url']}/sandbox/ 插入一張卡片。 Insert a card.",
        f"  2. 在 {url}/member/join/ 加入會員：驗證憑證、資格查驗、建立帳號；驗證碼在信箱。 Join; the code is in the mailbox.",
        "  3. 填自評表，得到 30,000 點；選方案、簽契約、送出訂單。 Answer the assessment, get points, order.",
        "  4. 用該供應商的帳號登入接單；再回來付款、確認服務。 Sign in as the supplier to accept; then pay and confirm.",
        "  不想從頭來：用企業會員帳號登入，從選方案開始。 Or sign in as the company and begin with a plan.",
        "  不用瀏覽器走一遍：另開視窗執行 make journey。 Without a browser: make journey in another window.",
        f"  看點數到期與期限：以承辦人員登入，在 {url}/office/clock/ 移動時鐘。 Move time as an officer, see what falls due.",
        "結束 Stop：Ctrl-C　清空 Empty：make demo-reset",
    ]
