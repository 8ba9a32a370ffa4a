"""What an English reader can't read."""

import re
from typing import Final

# CJK and full-width punctuation.
PUNCTUATION: Final = re.compile(r"[\u3000-\u303f\uff00-\uffef]")
# Those and Han characters.
CHINESE: Final = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
