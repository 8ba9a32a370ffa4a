"""SQL functions of an act whose statements would cost more than its work (docs/decisions/0015): `<app>/sql/<name>.sql`, one function a file.

The file is the source; a migration puts it into the database, a changed file needs a new one (tests/repository/test_functions.py).
"""

from pathlib import Path

from django.db.migrations import RunSQL

_APPS = Path(__file__).parent.parent


def source(app: str, name: str) -> str:
    """The SQL of a function. Raises FileNotFoundError."""
    return (_APPS / app / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def install(app: str, *names: str) -> list[RunSQL]:
    """Operations of a migration that create the functions, or replace them by what their files say now."""
    return [RunSQL(source(app, name), RunSQL.noop) for name in names]
