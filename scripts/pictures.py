"""`make pictures`: the README's pictures, taken from the demo with a company half-way through its journey."""

import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, ViewportSize, sync_playwright

from scripts.journey.demo import running_demo
from scripts.journey.outside import Outside
from scripts.journey.story import PASSWORD, PLAN, Story, SupplierDesk

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
DEMO_PASSWORD = "Tcloud-demo-2026"  # noqa: S105  printed by the demo


def sign_in(context: BrowserContext, site_url: str, email: str, password: str) -> None:
    """A signed-in browser."""
    page = context.new_page()
    page.goto(f"{site_url}/account/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click("main form button[type=submit], main form .btn")
    page.wait_for_url(lambda url: "login" not in url)
    page.close()


def main() -> int:
    """Take every picture; returns the exit status."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_demo() as (site_url, ready), sync_playwright() as playwright:
        outside = Outside(ready)
        (card,) = outside.new_companies(1)
        email = "cloud-stock-software@demo.tcloud.example"
        desk = SupplierDesk(
            site_url, outside, outside.card_of("99990377"), email=email, password=DEMO_PASSWORD
        )
        desk.open()
        story = Story(site_url, outside, card, desk)
        story.run_until_accepted()
        desk.close()
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        pages = {
            "home": ("/", None),
            "plans": ("/plans/", None),
            "plan": (f"/plans/{PLAN}/", None),
            "order": (f"/member/orders/{story.order_number}/", (story.email, PASSWORD)),
            "points": ("/member/points/", (story.email, PASSWORD)),
            "supplier": ("/supplier/", (email, DEMO_PASSWORD)),
            "office": ("/office/", ("officer@demo.tcloud.example", DEMO_PASSWORD)),
        }
        for name, (path, account) in pages.items():
            for width, size in (("1280", WIDE), ("390", PHONE)):
                context = chromium.new_context(
                    viewport=size, locale="zh-TW", timezone_id="Asia/Taipei", reduced_motion="reduce"
                )
                if account:
                    sign_in(context, site_url, *account)
                page = context.new_page()
                page.goto(site_url + path)
                page.screenshot(path=FOLDER / f"{name}-{width}.png")
                context.close()
        chromium.close()
    print(f"pictures: {', '.join(sorted(file.name for file in FOLDER.glob('*.png')))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
