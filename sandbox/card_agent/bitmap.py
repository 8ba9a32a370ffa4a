"""The picture that carries text past the browser's same-origin rule (PROTOCOLS §1.3)."""

import struct

WIDTH = 2000
CAPACITY = WIDTH * 3 - 1  # one byte at least stays 0 and ends the text
HEADERS = 54


def encode(text: bytes) -> bytes:
    """A 2000x1 24-bit BMP whose pixels, in file order B, G, R, are `text` padded with zeros.

    `ValueError` beyond 5,999 bytes. A zero byte would end the text for the reader, so it must not contain one.
    """
    if len(text) > CAPACITY:
        raise ValueError(f"{len(text)} bytes do not fit into the bitmap")
    pixels = text.ljust(WIDTH * 3, b"\0")
    file_header = struct.pack("<2sIHHI", b"BM", HEADERS + len(pixels), 0, 0, HEADERS)
    info_header = struct.pack("<IiiHHIIiiII", 40, WIDTH, 1, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return file_header + info_header + pixels
