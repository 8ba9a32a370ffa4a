"""Files for the tests, good and bad, made here byte by byte."""

import zlib
from io import BytesIO

from PIL import Image


def image(form="PNG", size=(400, 300), *, mode="RGB", **options):
    out = BytesIO()
    Image.new(mode, size, "orange" if mode == "RGB" else None).save(out, format=form, **options)
    return out.getvalue()


def with_place():
    """A photograph that tells where and by whom it was taken, turned on its side."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "SECRET-NAME"
    return image("JPEG", exif=exif, comment=b"SECRET-COMMENT")


def moving():
    out = BytesIO()
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    frames[0].save(out, format="WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


def pdf(root=b"", *, more=(), page=b"", pages=1, encrypt=b""):
    """A small PDF; `root` and `page` go into those dictionaries, `more` are further objects from number 4 on."""
    kids = b" ".join([b"3 0 R"] * min(pages, 1))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + root + b" >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] " + page + b" >>",
        *more,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        encrypt,
        table,
    )


def bomb():
    packed = zlib.compress(b"0" * (300 * 1024 * 1024), 9)
    return pdf(
        more=[b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed) + packed + b"\nendstream"]
    )
