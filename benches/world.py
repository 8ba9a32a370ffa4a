"""The database of the benches: `tcloud_bench` on the embedded server or on the server of DATABASE_URL, made anew in each run."""

import os
import warnings
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("TCLOUD_VAR", ROOT / "var")).resolve()
NAME = "tcloud_bench"


def prepare() -> None:
    """Make the database, point this process and its children at it with production's settings, migrate and seed."""
    os.environ |= {
        "DATABASE_URL": made_anew(NAME),
        "TCLOUD_VAR": str(VAR / "bench"),
        "TCLOUD_DEBUG": "0",
        "TCLOUD_SSL_REDIRECT": "0",
        "TCLOUD_SECRET_KEY": "only-for-the-benches-" + "x" * 40,
        "TCLOUD_LOG_LEVEL": "ERROR",
        "TCLOUD_DB_CONNECTIONS": "36",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    _seed()


def made_anew(name: str) -> str:
    """An empty database of that name, on the server of DATABASE_URL or the embedded one below VAR; where it is."""
    server = _server_url()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _server_url() -> str:
    if url := os.environ.get("DATABASE_URL"):
        return url
    # platformdirs warns where no session manager set XDG_RUNTIME_DIR, as on a bare server
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    from config.embedded.base import server

    info = server(str(VAR / "postgres")).get_postmaster_info()
    return f"postgresql://postgres@:{info.port}/tcloud?host={quote(str(info.socket_dir), safe='/')}"


def _seed() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from tcloud.core import clock
    from tcloud.web import demo

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    demo.demo(at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
