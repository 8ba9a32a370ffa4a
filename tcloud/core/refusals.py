"""A refusal: the programme says no, with a sentence that tells the person what to do."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Refusal(Exception):
    """An act the rules do not allow. Nothing has changed when it is raised out of an operation.

    `code` is for machines (`points.insufficient`), `sentence` for people, in Traditional Chinese, with its translation looked up
    when shown. `facts` are values of the sentence. Pages show the sentence, the API answers 409 with the code.
    """

    def __init__(self, code: str, sentence: "StrOrPromise", **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.facts = facts

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The sentence with its facts filled in, in the language now active."""
        return str(self.sentence) % self.facts if self.facts else str(self.sentence)


class Stale(Refusal):
    """Somebody else acted first; look again."""

    def __init__(self, **facts: Any) -> None:
        super().__init__("stale", _("資料剛被更新，請重新整理頁面後再試一次。"), **facts)
