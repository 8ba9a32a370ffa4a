"""How a text is read for searching: one writing for one word, pairs of Han characters, words of Latin letters. Pure.

catalogue_fold, catalogue_grams and catalogue_word (sql/) do the same to what is listed; tests compare the two.
"""

import json
import re
import unicodedata
from functools import cache
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Final

MOST_CHARACTERS: Final = 100
HAN: Final = "㐀-䶿一-鿿豈-﫿"
_RUNS: Final = re.compile(f"[{HAN}]+|[a-z0-9]+")
_OTHER: Final = re.compile(f"[^{HAN}a-z0-9]+")
_SPACE_BY_HAN: Final = re.compile("(?<![a-z0-9]) | (?![a-z0-9])")
_MOST_GUESSES: Final = 1500


@cache
def _han() -> dict[str, Any]:
    path = Path(__file__).parent / "data/han.json"
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


@cache
def _merged() -> dict[int, str]:
    return str.maketrans(_han()["merged"])


@cache
def _simplified() -> dict[int, str]:
    return str.maketrans(_han()["simplified"])


@cache
def _alike() -> dict[str, str]:
    """Character → those that sound like it, the most common first."""
    found: dict[str, str] = {}
    for group in _han()["sounds"]:
        folded = "".join(dict.fromkeys(group.translate(_merged())))
        for char in folded:
            found[char] = found.get(char, "") + folded
    return found


def tidy(text: str) -> str:
    """As it is shown: half-width letters, one space between words, traditional where it was simplified."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_simplified()).split())


def fold(text: str) -> str:
    """Half-width, lower case, traditional, one of several variants: 「開发票」 and 「開發票」 become the same."""
    return unicodedata.normalize("NFKC", text).lower().translate(_simplified()).translate(_merged())


def merge(text: str) -> str:
    """The variants of traditional characters made one, character by character; the last step of fold."""
    return text.translate(_merged())


def is_han(run: str) -> bool:
    """Whether a run is one of Han characters; else it is of Latin letters and digits."""
    return run > "z" * 5


def runs(text: str) -> list[str]:
    """Runs of Han characters and words of Latin letters or digits, folded, in order."""
    return [run[:64] for run in _RUNS.findall(fold(text))]


def grams(text: str) -> list[str]:
    """Lexemes in order: 打卡機 POS → 打卡 卡機 機 pos."""
    return [
        run[i : i + 2] if is_han(run) else run
        for run in runs(text)
        for i in range(len(run) if is_han(run) else 1)
    ]


def word_of(text: str) -> str:
    """A word as it is looked up: letters and digits only, one space between Latin words, none beside Han."""
    return _SPACE_BY_HAN.sub("", _OTHER.sub(" ", fold(text)).strip())


def slips_of(word: str) -> list[str]:
    """Words that a slip may have made into `word`, the likeliest first.

    Of Han: one character of the same sound, as input methods offer it (both in a word of two), two swapped, one too many. Of Latin letters:
    two swapped, one too many, one wrong, one missing.
    """
    if not 2 <= len(word) <= 12:
        return []
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    longer = [word[:i] + word[i + 1 :] for i in range(len(word))] if len(word) > 2 else []
    if any(is_han(char) for char in word):
        alike = [_alike().get(char, char) for char in word]
        guesses = [word[:i] + other + word[i + 1 :] for i, others in enumerate(alike) for other in others]
        if len(word) == 2:
            guesses += ["".join(pair) for pair in product(*alike)]
        guesses += [*swapped, *longer]
    elif len(word) > 3:
        guesses = [*swapped, *longer]
        guesses += [word[:i] + letter + word[i + 1 :] for i in range(len(word)) for letter in ascii_lowercase]
        guesses += [word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in ascii_lowercase]
    else:
        return []
    return list(dict.fromkeys(guess for guess in guesses if guess != word))[:_MOST_GUESSES]
