"""Where the database is: DATABASE_URL, else the embedded PostgreSQL below the state directory."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def database(url: str | None, state_directory: Path, *, connections: int = 8) -> dict[str, Any]:
    """Django's DATABASES entry for `url` (postgresql://user:password@host:port/name?option=value), or the embedded server.

    A process holds at most so many `connections`; its threads share them.
    """
    shared: dict[str, Any] = {
        "ATOMIC_REQUESTS": False,  # operations open their own durable transactions
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # a connection whose server was restarted is replaced before a request gets it
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": connections, "timeout": 15},
            "server_side_binding": True,  # so that a connection plans but once what it asks often (decision 0032)
            "prepare_threshold": 5,
        },
    }
    if not url:
        return shared | {
            "ENGINE": "config.embedded",
            "NAME": "tcloud",
            "USER": "postgres",
            "DATA_DIRECTORY": str(state_directory / "postgres"),
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must start with postgresql://")
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", None) or parts.hostname or ""
    return shared | {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "tcloud",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": shared["OPTIONS"] | query,
    }
