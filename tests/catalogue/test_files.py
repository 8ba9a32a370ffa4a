"""Pictures and documents of plans: what is refused, what is kept, and who is shown it (R-32, R-37)."""

from io import BytesIO

import pytest
from PIL import Image

from tcloud.catalogue import media, reviewing
from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import PlanFile, PlanFileContent
from tcloud.core.refusals import Refusal
from tests import factories
from tests.catalogue import uploads
from tests.factories import NOW

pytestmark = pytest.mark.rule("R-32")
PNG = uploads.image()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\0" * (media.PICTURE_BYTES + 1), "too_large"),
        (b"not a picture at all", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
        (b"<html><script>alert(1)</script>", "not_a_picture"),
        (uploads.image("GIF"), "not_a_picture"),
        (uploads.image("BMP"), "not_a_picture"),
        (uploads.image("TIFF"), "not_a_picture"),
        (uploads.pdf(), "not_a_picture"),
        (PNG[: len(PNG) // 2], "not_a_picture"),
        (uploads.with_place()[:700], "not_a_picture"),
        (PNG[:8] + b"\xff" * 200, "not_a_picture"),
        (uploads.image(size=(199, 400)), "picture_size"),
        (uploads.image(size=(6001, 300)), "picture_size"),
        (uploads.moving(), "animated"),
    ],
)
def test_picture_refuses(data, code):
    with pytest.raises(Refusal) as refused:
        media.picture(data)
    assert refused.value.code == f"file.{code}"


@pytest.mark.parametrize(
    ("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_picture_is_drawn_anew_in_its_own_form(form, media_type):
    clean = media.picture(uploads.image(form) + b"<script>alert(1)</script>")
    assert (clean.media_type, clean.width_px, clean.height_px) == (media_type, 400, 300)
    assert b"script" not in clean.data
    assert Image.open(BytesIO(clean.data)).format == form


def test_picture_keeps_nothing_but_pixels_and_stands_upright():
    raw = uploads.with_place()
    assert b"SECRET" in raw
    clean = media.picture(raw)
    assert b"SECRET" not in clean.data
    assert not Image.open(BytesIO(clean.data)).getexif()
    assert (clean.width_px, clean.height_px) == (300, 400)


def test_picture_is_made_small_enough_to_send_and_keeps_what_is_see_through():
    assert media.picture(uploads.image(size=(3200, 1600))).width_px == media.KEPT_PX
    assert Image.open(BytesIO(media.picture(uploads.image(mode="RGBA")).data)).mode == "RGBA"


SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7" + b" " * media.DOCUMENT_BYTES, "too_large"),
        (b"plain text", "not_a_pdf"),
        (PNG, "not_a_pdf"),
        (b"%PDF-1.7\nnothing else\n%%EOF", "not_a_pdf"),
        (b"junk" + uploads.pdf(), "not_a_pdf"),
        (uploads.pdf()[:-40], "not_a_pdf"),
        (uploads.pdf(pages=0), "not_a_pdf"),
        (uploads.bomb(), "not_a_pdf"),
        (uploads.pdf(pages=201), "pdf_too_long"),
        (uploads.pdf(root=b"/OpenAction " + SCRIPT), "pdf_active"),
        (uploads.pdf(root=b"/OpenAction 4 0 R", more=[SCRIPT]), "pdf_active"),
        (uploads.pdf(root=b"/Names << /JavaScript << /Names [(a) 4 0 R] >> >>", more=[SCRIPT]), "pdf_active"),
        (uploads.pdf(root=b"/AA << /WC 4 0 R >>", more=[SCRIPT]), "pdf_active"),
        (uploads.pdf(root=b"/Names << /EmbeddedFiles << /Names [] >> >>"), "pdf_active"),
        (uploads.pdf(root=b"/AcroForm << /Fields [] /XFA [] >>"), "pdf_active"),
        (uploads.pdf(page=b"/Annots [4 0 R]", more=[b"<< /Subtype /Link /A << /S /Launch /F (calc.exe) >> >>"]), "pdf_active"),
        (uploads.pdf(page=b"/Annots [4 0 R]", more=[b"<< /Subtype /Link /A << /S /URI /URI (https://a.tw) /Next 5 0 R >> >>", SCRIPT]), "pdf_active"),
        (uploads.pdf(page=b"/Annots [4 0 R]", more=[b"<< /Subtype /Link /A << /S /#4aavaScript >> >>"]), "pdf_active"),
        (uploads.pdf(page=b"/Annots [4 0 R]", more=[b"<< /Subtype /RichMedia >>"]), "pdf_active"),
    ],
)  # fmt: skip
def test_document_refuses(data, code):
    with pytest.raises(Refusal) as refused:
        media.document(data)
    assert refused.value.code == f"file.{code}"


def test_document_refuses_a_locked_pdf():
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(BytesIO(uploads.pdf())))
    writer.encrypt(owner_pass="secret", user_pass="secret")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(Refusal) as refused:
        media.document(out.getvalue())
    assert refused.value.code == "file.pdf_locked"


@pytest.mark.parametrize(
    "data",
    [
        uploads.pdf(),
        uploads.pdf(root=b"/OpenAction [3 0 R /Fit]"),
        uploads.pdf(root=b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
        uploads.pdf(
            page=b"/Annots [4 0 R]", more=[b"<< /Subtype /Link /A << /S /URI /URI (https://a.tw) >> >>"]
        ),
    ],
)
def test_document_lets_pages_and_links_through_as_they_came(data):
    assert media.document(data).data == data


pytest_db = pytest.mark.django_db


def attach(change, data=PNG, *, kind="picture", title="畫面：今日庫存", by=None):
    return catalogue.attach_file(
        change,
        data,
        kind=kind,
        title=title,
        version=change.version,
        by=by or factories.change_actor(change),
        at=NOW,
    )


def approved(change):
    by = factories.change_actor(change)
    sent = catalogue.submit_change(change, version=change.version, by=by, at=NOW)
    return catalogue.approve_change(sent, version=sent.version, by=factories.officer(), at=NOW)


@pytest_db
def test_attached_files_come_with_the_version_in_their_order():
    change = attach(factories.plan_change())
    change = attach(change, uploads.pdf(), kind="document", title="操作手冊/第一版")
    version = approved(change).result
    assert [(row.file.kind, row.title, row.file.name) for row in version.files.all()] == [
        ("picture", "畫面：今日庫存", "畫面：今日庫存.png"),
        ("document", "操作手冊/第一版", "操作手冊第一版.pdf"),
    ]


@pytest_db
def test_the_same_bytes_are_kept_once_and_only_change_their_title():
    change = attach(attach(factories.plan_change()), title="新說明")
    assert [entry["title"] for entry in change.content["files"]] == ["新說明"]
    assert PlanFile.objects.count() == 1


@pytest_db
@pytest.mark.parametrize(("kind", "data", "most"), [("picture", None, 6), ("document", uploads.pdf, 4)])
def test_attach_file_refuses_one_too_many(kind, data, most):
    change = factories.plan_change()
    for number in range(most):
        given = (
            uploads.image(size=(300 + number, 300)) if data is None else data(root=b"/Lang (x%d)" % number)
        )
        change = attach(change, given, kind=kind)
    with pytest.raises(Refusal) as refused:
        attach(change, PNG if data is None else data(root=b"/Lang (zh)"), kind=kind)
    assert refused.value.code == "file.too_many"
    change.refresh_from_db()
    assert len(change.content["files"]) == most


@pytest_db
def test_attach_file_refuses_without_words_and_to_others():
    change = factories.plan_change()
    other = factories.actor(factories.supplier().company, "supplier")
    for options, code in (({"title": "  "}, "file.no_title"), ({"by": other}, "transition.not_yours")):
        with pytest.raises(Refusal) as refused:
            attach(change, **options)
        assert refused.value.code == code
    sent = catalogue.submit_change(change, version=change.version, by=factories.change_actor(change), at=NOW)
    with pytest.raises(Refusal) as refused:
        attach(sent)
    assert refused.value.code == "transition.not_now"
    assert PlanFile.objects.count() == 0


@pytest_db
def test_detach_file_takes_the_bytes_unless_a_version_shows_them():
    change = attach(factories.plan_change())
    by = factories.change_actor(change)
    file = PlanFile.objects.get()
    change = catalogue.detach_file(change, file.pk, version=change.version, by=by, at=NOW)
    assert (change.content["files"], PlanFile.objects.count(), PlanFileContent.objects.count()) == ([], 0, 0)
    listed = approved(attach(change))
    again = catalogue.begin_change(change.supplier, listed.plan, by=by, at=NOW)
    file = PlanFile.objects.get()
    catalogue.detach_file(again, file.pk, version=again.version, by=by, at=NOW)
    assert list(listed.result.files.values_list("file", flat=True)) == [file.pk]


@pytest_db
@pytest.mark.rule("R-37")
def test_a_file_is_public_only_with_a_listed_version():
    change = attach(factories.plan_change())
    sha256 = PlanFile.objects.get().sha256
    assert reviewing.public_file(sha256) is None
    plan = approved(change).plan
    assert reviewing.public_file(sha256).sha256 == sha256
    catalogue.delist(plan, by=factories.officer(), at=NOW)
    assert reviewing.public_file(sha256) is None
    catalogue.relist(plan, by=factories.officer(), at=NOW)
    by = factories.change_actor(change)
    fresh = catalogue.begin_change(change.supplier, plan, by=by, at=NOW)
    fresh = catalogue.detach_file(fresh, PlanFile.objects.get().pk, version=fresh.version, by=by, at=NOW)
    approved(fresh)
    assert reviewing.public_file(sha256) is None  # only the version now listed counts
    assert reviewing.file_of(change.supplier, sha256)
    assert reviewing.file_of(factories.supplier(), sha256) is None
