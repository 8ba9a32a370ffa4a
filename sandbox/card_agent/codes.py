"""Answer codes of the component by name; the table is `sandbox/data/card_agent_codes.toml` (PROTOCOLS §1.8)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_TABLE = tomllib.loads(
    (Path(__file__).parent.parent / "data" / "card_agent_codes.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Code:
    """A number that goes over the wire and what it means."""

    name: str
    code: int
    sentence: str


RET_CODES = {name: Code(name, **row) for name, row in _TABLE["ret_code"].items()}
LAST_ERRORS = {name: Code(name, **row) for name, row in _TABLE["last_error"].items()}


class AgentError(Exception):
    """The component refuses: `name` is a key of `RET_CODES`, `last_error` one of `LAST_ERRORS` or empty for 0."""

    def __init__(self, name: str, last_error: str = "") -> None:
        self.ret_code = RET_CODES[name]
        self.last_error = LAST_ERRORS[last_error] if last_error else None
        super().__init__(self.ret_code.sentence)

    def answer(self, func: str, version: str) -> dict[str, object]:
        """The JSON object that goes back to the page; `message2` explains `last_error`."""
        answer: dict[str, object] = {
            "func": func,
            "ret_code": self.ret_code.code,
            "last_error": self.last_error.code if self.last_error else 0,
            "version": version,
            "message": self.ret_code.sentence,
        }
        if self.last_error:
            answer["message2"] = self.last_error.sentence
        return answer
