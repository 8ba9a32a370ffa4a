"""Write tcloud/catalogue/data/han.json: simplified and variant characters, and characters that sound alike.

Run it in an environment of its own, which has the two sources and nothing else needs: `pip install opencc-python-reimplemented pypinyin`
(OpenCC's dictionaries, Apache-2.0; pypinyin's readings, MIT). The characters are those of everyday writing: the 5,401 of the first level
of Big5, and the simplified characters that stand for them.
"""

import json
from collections import defaultdict
from pathlib import Path

import opencc
import pypinyin

OUT = Path(__file__).parent.parent / "tcloud/catalogue/data/han.json"
DICTIONARIES = Path(opencc.__file__).parent / "dictionary"
VARIANTS = (
    "臺台",
    "裏裡",
    "綫線",
    "羣群",
    "峯峰",
    "牀床",
    "污汙",
    "啟啓",
    "說説",
    "台檯",
    "台颱",
    "帳賬",
    "佔占",
    "週周",
    "祕秘",
    "鍾鐘",
    "份分",
)


def everyday() -> list[str]:
    """The first level of Big5, in its order."""
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    codes = [(lead, trail) for lead in range(0xA4, 0xC7) for trail in trails if lead < 0xC6 or trail <= 0x7E]
    return [bytes(code).decode("big5") for code in codes]


def main() -> None:
    common = everyday()
    known = set(common)
    root: dict[str, str] = {}

    def find(char: str) -> str:
        while char in root:
            char = root[char]
        return char

    def same(first: str, second: str) -> None:
        first, second = find(first), find(second)
        if first != second:
            root[second] = first

    for pair in VARIANTS:
        same(pair[0], pair[1])
    rows = [
        line.rstrip("\n").split("\t") for line in (DICTIONARIES / "STCharacters.txt").open(encoding="utf-8")
    ]
    simplified = {}
    for short, written in rows:
        meant = [char for char in written.split() if char in known]
        if not meant:
            continue
        for other in meant[1:]:
            same(meant[0], other)
        if short in known:
            same(meant[0], short)
        else:
            simplified[short] = meant[0]
    merged = {char: find(char) for char in sorted(root) if char != find(char)}
    sounds = defaultdict(list)
    for char in common:
        for reading in pypinyin.pinyin(char, style=pypinyin.Style.NORMAL, heteronym=True)[0][:3]:
            sounds[reading].append(char)
    table = {
        "simplified": {short: find(full) for short, full in sorted(simplified.items())},
        "merged": merged,
        "sounds": ["".join(chars) for _reading, chars in sorted(sounds.items()) if len(chars) > 1],
    }
    OUT.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
