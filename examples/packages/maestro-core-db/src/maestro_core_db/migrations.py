"""What an Alembic `env.py` does, guarded: one migration at a time, and no endless wait for a lock.

A whole `env.py` is::

    from maestro_core_db.migrations import run
    run(metadata)
"""

import os
import time
import zlib

from alembic import context
from sqlalchemy import Connection, MetaData, create_engine, text

from . import database_url

LOCK_WAIT_SECONDS = 30.0
"""How long another migration of the same database is waited for; MIGRATION_LOCK_SECONDS changes it."""
STATEMENT_LOCK_TIMEOUT = "5s"
"""How long one statement waits for a table in use: users' queries queue up behind it."""


class MigrationLocked(Exception):
    """Somebody else migrates this database."""


def run(metadata: MetaData) -> None:
    """Runs what Alembic was asked for, online or as SQL text (`--sql`)."""
    if context.is_offline_mode():
        context.configure(
            dialect_name="postgresql",
            target_metadata=metadata,
            literal_binds=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = create_engine(database_url(), connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        _lock(connection)
        context.configure(
            connection=connection, target_metadata=metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


def _lock(connection: Connection) -> None:
    """Takes the database's advisory lock for this session: it is free again when the session ends, however it ends."""
    name = connection.engine.url.database or ""
    key = zlib.crc32(f"maestro migration {name}".encode())
    deadline = time.monotonic() + float(
        os.environ.get("MIGRATION_LOCK_SECONDS") or LOCK_WAIT_SECONDS
    )
    connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": _holder()})
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
        if time.monotonic() > deadline:
            raise MigrationLocked(_who(connection, name, key))
        connection.commit()
        time.sleep(0.2)
    connection.execute(text(f"SET lock_timeout = '{STATEMENT_LOCK_TIMEOUT}'"))
    connection.commit()


def _holder() -> str:
    return f"migration of release {os.environ.get('MAESTRO_RELEASE') or 'by hand'}"


def _who(connection: Connection, name: str, key: int) -> str:
    query = (
        "SELECT a.pid, a.application_name, a.client_addr::text, a.backend_start::text"
        " FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.objid::bigint = :key AND l.granted"
    )
    row = connection.execute(text(query), {"key": key}).first()
    holder = "a session that has just ended"
    if row:
        holder = f"{row[1] or 'a session'} (process {row[0]}, from {row[2]}, since {row[3]})"
    return f'database "{name}": is being migrated by {holder}; wait for it, or end that session'
