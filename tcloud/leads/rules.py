"""Codes that people read from a leaflet and type: Crockford's base 32 with his check symbol, pure.

https://www.crockford.com/base32.html: no I, L, O, U; read back, I and L are 1, O is 0, small letters and hyphens do not matter. The
check symbol is the value modulo 37, a prime: one wrong symbol, or two in the wrong order, always gives another remainder. Of its 37
symbols only those that are figures or letters are used; a code that would need another is drawn again.
"""

from collections.abc import Callable
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8  # 40 bits: with a thousand codes alive, a guess in a thousand million finds one
CHECKS: Final = ALPHABET + "*~$=U"
_READ_AS: Final = str.maketrans("ILO", "110", " -_\u2013\u3000")


def draw(random_below: Callable[[int], int]) -> str:
    """A new code with its check symbol; `random_below` is a secure source of whole numbers below its argument."""
    while True:
        number = random_below(32**LENGTH)
        if (check := CHECKS[number % 37]).isalnum():
            return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH))) + check


def read(typed: str) -> str:
    """What was typed, as codes are kept: capitals, without spaces and hyphens, look-alikes taken for what they stand for."""
    return typed.strip().upper().translate(_READ_AS)


def is_well_formed(code: str) -> bool:
    """Whether the code, as `read` gives it, has its length and its check symbol; one typing error never passes."""
    body, check = code[:LENGTH], code[LENGTH:]
    if len(body) != LENGTH or len(check) != 1 or any(symbol not in ALPHABET for symbol in body):
        return False
    number = 0
    for symbol in body:
        number = number * 32 + ALPHABET.index(symbol)
    return CHECKS[number % 37] == check


def grouped(code: str) -> str:
    """The code as it is printed: K7QM-2F9D-X."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"
