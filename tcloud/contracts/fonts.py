"""The contract's typefaces: Noto Sans CJK TC from its wheels, and which characters it can show (PROTOCOLS §8)."""

import struct
from bisect import bisect_right
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGES: Final = ("cvttf_NotoSansCJK_Regular", "cvttf_NotoSansCJK_Bold")
_SEGMENTED_COVERAGE: Final = 12  # cmap subtable format with 32-bit character groups


def font_folders() -> list[Path]:
    """Folders that hold the font files. Raises FileNotFoundError when a wheel is missing."""
    folders = []
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise FileNotFoundError(f"the font package {name} is not installed")
        folders.append(Path(spec.origin).parent)
    return folders


def can_show(character: str) -> bool:
    """Whether the regular face has a glyph for the character."""
    starts, ends = _coverage()
    position = bisect_right(starts, ord(character)) - 1
    return position >= 0 and ord(character) <= ends[position]


@lru_cache(maxsize=1)
def _coverage() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First and last characters of the groups in the font's cmap (OpenType specification, table cmap, format 12)."""
    path = next(font_folders()[0].glob("*.otf"))
    with path.open("rb") as file:
        table_count = struct.unpack(">4xH6x", file.read(12))[0]
        directory = file.read(16 * table_count)
        tables = {tag: place for tag, *place in struct.iter_unpack(">4s4xII", directory)}
        offset, length = tables[b"cmap"]
        file.seek(offset)
        cmap = file.read(length)
    for entry in range(struct.unpack_from(">H", cmap, 2)[0]):
        start = struct.unpack_from(">I", cmap, 4 + 8 * entry + 4)[0]
        if struct.unpack_from(">H", cmap, start)[0] == _SEGMENTED_COVERAGE:
            count = struct.unpack_from(">I", cmap, start + 12)[0]
            groups = list(struct.iter_unpack(">III", cmap[start + 16 : start + 16 + 12 * count]))
            return tuple(group[0] for group in groups), tuple(group[1] for group in groups)
    raise ValueError("the font has no full character map")
