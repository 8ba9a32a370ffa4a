"""The published digests for anybody, the closed days for the office: what is downloaded there is verified by the script alone."""

import json
import subprocess
import sys
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from tcloud.core import clock
from tcloud.ledger.models import Digest, Transfer
from tests import factories
from tests.ledger.closed import DAYS, as_superuser, close, four_days, post
from tests.repository.sources import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def closed(settings):
    settings.DEBUG = True
    factories.programme(code="tcloud")
    four_days()
    with clock.moved_to(datetime(2027, 1, 19, 10, tzinfo=clock.TAIPEI)):
        yield


@pytest.fixture
def office():
    return factories.signed_in(factories.user(staff_role="auditor"))


def verify(folder, content, *options):
    """What the downloaded verifier says of a downloaded file."""
    (folder / "verify.py").write_bytes(Client().get(reverse("ledger_verifier")).content)
    (folder / "file.json").write_bytes(content)
    command = [sys.executable, "-I", "verify.py", "file.json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.rule("R-18")
def test_anybody_reads_downloads_and_verifies_the_digests(client, tmp_path):
    page = client.get(reverse("ledger"))
    assert all(reverse("ledger_digest", args=[day]) in page.text for day in DAYS)
    answer = client.get(reverse("ledger_digests"))
    content = b"".join(answer.streaming_content)
    assert [json.loads(row["document"])["day"] for row in json.loads(content)["digests"]] == DAYS
    status, said = verify(tmp_path, content)
    assert (status, "4 digests" in said) == (0, True), said
    one = client.get(reverse("ledger_digest_file", args=[DAYS[1]]))
    (tmp_path / "kept.json").write_bytes(one.content)
    assert verify(tmp_path, one.content)[0] == 0
    assert verify(tmp_path, content, "--kept", "kept.json")[0] == 0


def test_list_of_digests_may_be_kept_by_others_until_the_next_day_is_closed(client):
    first = client.get(reverse("ledger_digests"))
    assert "public" in first.headers["Cache-Control"]
    again = {"If-None-Match": first.headers["ETag"]}
    assert client.get(reverse("ledger_digests"), headers=again).status_code == 304
    close("2027-01-19")
    assert client.get(reverse("ledger_digests"), headers=again).status_code == 200
    assert "public" in client.get(reverse("ledger_digest_file", args=[DAYS[0]])).headers["Cache-Control"]


def test_pages_of_digests_tell_nothing_that_is_not_published(client):
    digest = Digest.objects.get(day=DAYS[1])
    answers = [
        client.get(reverse(name, args=[DAYS[1]])).text for name in ("ledger_digest", "ledger_digest_file")
    ]
    answers.append(b"".join(client.get(reverse("ledger_digests")).streaming_content).decode())
    for text in answers:
        assert digest.root in text
        assert bytes(digest.salt).hex() not in text
        assert "test.happened" not in text


def test_digest_page_leads_to_the_days_around_it(client):
    for day, before, after in (
        (DAYS[0], None, DAYS[1]),
        (DAYS[2], DAYS[1], DAYS[3]),
        (DAYS[3], DAYS[2], None),
    ):
        page = client.get(reverse("ledger_digest", args=[day])).text
        assert ('rel="prev"' in page, 'rel="next"' in page) == (bool(before), bool(after))
        assert all(reverse("ledger_digest", args=[other]) in page for other in (before, after) if other)


@pytest.mark.parametrize("day", ["2027-02-15", "2027-13-01", "yesterday", "20270115", "open"])
@pytest.mark.parametrize("name", ["ledger_digest", "ledger_digest_file", "office_books_day"])
def test_day_without_digest_is_not_found(client, office, name, day):
    browser = office if name.startswith("office") else client
    expected = 200 if (name, day) == ("office_books_day", "open") else 404
    assert browser.get(reverse(name, args=[day])).status_code == expected


def test_lists_ask_the_same_number_of_questions_for_few_and_many(
    client, office, django_assert_max_num_queries
):
    post(*[(f"o{number}", "grant", "source", "a", 1) for number in range(2)])
    pages = [
        (client, reverse("ledger")),
        (office, reverse("office_books")),
        (office, reverse("office_books_day", args=["open"])),
    ]
    counts = []
    for browser, url in pages:
        browser.get(url)
        with django_assert_max_num_queries(20) as asked:
            browser.get(url)
        counts.append(len(asked))
    close("2027-02-10")
    post(*[(f"n{number}", "grant", "source", "a", 1) for number in range(20)])
    for (browser, url), count in zip(pages, counts, strict=True):
        with django_assert_max_num_queries(count):
            assert browser.get(url).status_code == 200


def test_page_before_the_first_day_is_closed_says_when_it_will_be(client, office):
    as_superuser("DELETE FROM ledger_digest")
    assert "第一份摘要" in client.get(reverse("ledger")).text
    assert "第一次在明天凌晨" in office.get(reverse("office_books")).text
    assert json.loads(b"".join(client.get(reverse("ledger_digests")).streaming_content))["digests"] == []


@pytest.mark.rule("R-18")
def test_office_downloads_the_proof_of_an_entry(office, tmp_path):
    entry = Transfer.objects.get(key="k5")
    url = reverse("office_entry_proof", args=[entry.pk])
    assert url in office.get(reverse("office_books_day", args=[DAYS[3]])).text
    status, said = verify(tmp_path, office.get(url).content)
    assert (status, "20 points, b → a" in said) == (0, True), said
    assert office.get(reverse("office_entry_proof", args=[entry.pk + 1000])).status_code == 404


def test_office_is_told_why_there_is_no_proof_yet(office):
    (entry,) = post(("k7", "move", "a", "b", 1))
    page = office.get(reverse("office_books_day", args=["open"])).text
    assert f">{entry.pk}</th>" in page
    assert "proof.json" not in page
    refused = office.get(reverse("office_entry_proof", args=[entry.pk]))
    assert refused.status_code == 409
    assert "還沒有日結" in refused.text


@pytest.mark.rule("R-18")
def test_office_books_name_the_day_from_which_history_differs(office):
    assert "帳務平衡" in office.get(reverse("office_books"), {"check": 1}).text
    as_superuser(
        "UPDATE core_event SET data = '{}' WHERE id = (SELECT event_id FROM ledger_transfer WHERE key = 'k3')"
    )
    page = office.get(reverse("office_books"), {"check": 1}).text
    assert "歷史從2027-01-16起與當時簽署的不同" in page
    assert "轉帳紀錄或它的原因被改過" in page


def test_office_is_warned_when_days_stay_open(office):
    pages = [reverse("office_books"), reverse("office_home")]
    assert not any("天還沒結帳" in office.get(page).text for page in pages)
    with clock.moved_to(datetime(2027, 1, 23, 10, tzinfo=clock.TAIPEI)):
        assert all("有4天還沒結帳" in office.get(page).text for page in pages)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_of_the_ledger_are_linked_and_valid(client, office, prefix):
    import html5lib

    assert f'href="{prefix}/ledger/"' in client.get(f"{prefix}/sitemap/").text
    for browser, path in (
        (client, "/ledger/"), (client, f"/ledger/{DAYS[0]}/"), (office, "/office/books/?check=1"),
        (office, f"/office/books/{DAYS[0]}/"), (office, "/office/books/open/"),
    ):  # fmt: skip
        page = browser.get(prefix + path).content.decode()
        parser = html5lib.HTMLParser()
        parser.parse(page)
        assert not parser.errors, (path, parser.errors)
        assert page.count("<h1") == 1


def test_verifier_given_out_is_the_one_of_the_tree(client):
    given = client.get(reverse("ledger_verifier")).content
    assert given == (ROOT / "scripts" / "verify_digest.py").read_bytes()
