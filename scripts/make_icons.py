"""Build the icon sprite from a folder of Lucide icons (npm pack lucide-static, unpacked).

    python scripts/make_icons.py FOLDER/icons

Writes tcloud/web/ui/static/icons.svg: one <symbol> for each name below. A name that the folder does not hold is an error.
Lucide is under the ISC licence, see icons.LICENCE.txt beside the sprite.
"""

import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "tcloud/web/ui/static/icons.svg"
NAMES = """
arrow-left arrow-right badge-check banknote bell bot building-2 calculator calendar-clock calendar-days chart-column chart-line check
chevron-down chevron-left chevron-right circle circle-alert circle-check circle-help circle-x clipboard-check clock cloud
coins copy credit-card database download external-link eye factory file-check file-signature file-text folder globe
graduation-cap handshake headphones history hourglass house id-card inbox info key-round landmark laptop layers
layout-dashboard link list list-checks list-filter lock log-in log-out mail map-pin megaphone menu message-circle
message-square messages-square minus monitor network package palette paperclip pen pencil phone plug plus printer
qr-code receipt receipt-text refresh-cw rotate-ccw scale search send server settings share-2 shield shield-check
shopping-bag shopping-cart sliders-horizontal smartphone sparkles star store tag target timer trash-2 triangle-alert
truck undo-2 upload usb user user-check user-plus users utensils video wallet warehouse workflow wrench x zap
""".split()  # noqa: SIM905  a list of names reads best as text
SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
)
ALIASES = {"circle-help": "circle-question-mark", "file-signature": "file-pen-line"}


def symbol(folder: Path, name: str) -> str:
    """The <symbol> of one icon. Raises FileNotFoundError when the folder has no such icon under its name or its newer one."""
    file = folder / f"{name}.svg"
    if not file.exists():
        file = folder / f"{ALIASES[name]}.svg" if name in ALIASES else file
    source = re.sub(r"<!--.*?-->", "", file.read_text(encoding="utf-8"), flags=re.S)
    match = re.search(r"<svg[^>]*>(.*)</svg>", source, flags=re.S)
    if match is None:
        raise ValueError(f"{file} is not an SVG")
    return SYMBOL.format(name=name, body=" ".join(match.group(1).split()).replace("> <", "><"))


def main(folder: Path) -> None:
    """Write the sprite from `folder`."""
    symbols = [symbol(folder, name) for name in sorted(NAMES)]
    TARGET.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n", encoding="utf-8"
    )
    print(f"{len(symbols)} icons in {TARGET.name}, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
