"""The pages of points in a real browser: axe finds nothing, nothing scrolls sideways, and all of the statement is printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.card import authorities
from tests.browser.conftest import Person, accessible
from tests.browser.points_scene import Scene, scene

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Scene:
    authorities.stand_in(monkeypatch)
    return scene()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_company_reads_narrows_and_prints_its_points(
    width: int, seen: Scene, person: Callable[..., Person], tmp_path: Path
) -> None:
    owner = person(width)
    owner.sign_in(seen.person.email)
    for prefix in ("", "/en"):
        for path in ("/member/points/", f"/member/points/{seen.grant_id}/", "/points/"):
            owner.open(prefix + path)
            accessible(owner)
    for query in ("kind=expire", "kind=zz&since_year=2027&since_month=13&since_day=1&order=abc"):
        owner.open(f"/member/points/?{query}")
        accessible(owner)

    owner.open("/member/points/")
    owner.page.locator("details.filters summary").click()
    accessible(owner)
    owner.page.select_option("[name=kind]", "reserve")
    owner.turn(owner.page.locator("details.filters button"))
    owner.arrive("**kind=reserve**")
    assert owner.page.locator(".entries tbody tr").count() == 3
    with owner.page.expect_download() as download:
        owner.page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith(f"點數明細-{seen.company.ubn}-")
    assert download.value.path().read_text("utf-8-sig").count("企業送出訂單") == 3

    owner.open("/member/points/")
    owner.page.emulate_media(media="print")
    shown: Any = owner.page.evaluate(
        "(names) => names.filter((name) => [...document.querySelectorAll(name)].some((each) => each.checkVisibility()))",
        [
            ".head",
            ".btn",
            ".filters",
            ".chat",
            ".foot",
            ".crumbs",
            ".grant",
            ".entries tbody tr",
            ".sums",
            "p.print-only",
        ],
    )
    assert shown == [".grant", ".entries tbody tr", ".sums", "p.print-only"]
    assert not owner.complaints


@pytest.mark.parametrize("width", [390, 1280])
def test_office_traces_points(width: int, seen: Scene, person: Callable[..., Person]) -> None:
    officer = person(width)
    officer.sign_in(seen.officer.email)
    for path in (
        "/office/points/",
        "/office/points/?q=nobody",
        "/en/office/points/",
        "/office/books/?check=1",
    ):
        officer.open(path)
        accessible(officer)
    officer.open("/office/points/?state=reversed")
    officer.turn(officer.page.locator("#grants ~ div a").first)
    officer.arrive("**/office/points/*/")
    accessible(officer)
    assert "同一負責人以兩家企業重複申請。" in officer.page.locator("main").inner_text()
    assert not officer.complaints
