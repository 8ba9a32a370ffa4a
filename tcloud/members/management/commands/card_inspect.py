from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tcloud.adapters.card import CardDataError, TrustPolicy, inspect_any, load_certificates
from tcloud.core import clock
from tcloud.core.management.operator import OperatorCommand
from tcloud.members import cards, words


def given(files: list[Path]) -> tuple[bytes, ...]:
    """DER of the certificates in the files. Raises CommandError."""
    try:
        return tuple(der for file in files for der in load_certificates(file.read_bytes()))
    except OSError as error:
        raise CommandError(str(error)) from error
    except CardDataError as error:
        raise CommandError(words.sentence_of(error.reason)) from error


def policy_from(options: dict[str, Any]) -> TrustPolicy:
    """The trust policy of the options; the configured anchors where none are given."""
    if not options["anchor"]:
        configured = cards.trust_policy()
        anchors, intermediates = configured.anchors, configured.intermediates
    else:
        anchors, intermediates = given(options["anchor"]), ()
    return TrustPolicy(
        anchors=anchors,
        intermediates=intermediates + given(options.get("intermediate") or []),
        require_revocation=not options["no_revocation"],
    )


def moment(text: str) -> datetime:
    """An ISO moment, Taipei time where it names no zone."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=clock.TAIPEI)


class Command(OperatorCommand):
    help = "Judge a certificate or a PKCS#7 file as a company card (R-09, R-10). Exit status 0 also when it is not accepted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--at", type=moment, default=None, help="time of judgement, ISO")
        parser.add_argument("--anchor", type=Path, nargs="+", action="extend", default=[])
        parser.add_argument("--intermediate", type=Path, nargs="+", action="extend", default=[])
        parser.add_argument("--content", type=Path, default=None, help="what should have been signed")
        parser.add_argument("--no-revocation", action="store_true")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        try:
            data = options["file"].read_bytes()
            content = options["content"].read_bytes() if options["content"] else None
            verdict = inspect_any(
                data,
                content=content,
                at=options["at"] or clock.now(),
                policy=policy_from(options),
                revocation=None if options["no_revocation"] else cards.revocation_checker(),
            )
        except OSError as error:
            raise CommandError(str(error)) from error
        except CardDataError as error:
            raise CommandError(words.sentence_of(error.reason)) from error
        facts = verdict.facts
        return {
            "ubn": facts.ubn,
            "organisation": facts.organisation,
            "usage": list(facts.usage),
            "policies": list(facts.policies),
            "rank": facts.rank,
            "chain_ok": verdict.chain_ok,
            "signature_ok": verdict.signature_ok,
            "accepted": verdict.accepted,
            "reasons": words.listed(verdict.reasons),
            "revocation": verdict.revocation.status.value,
        }, 0
