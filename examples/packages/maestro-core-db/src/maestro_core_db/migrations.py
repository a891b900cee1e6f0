"""What an Alembic `env.py` does, guarded: one migration at a time, no endless wait for a lock, and a report.

A whole `env.py` is::

    from maestro_core_db.migrations import run
    run(metadata)

The report is a line on standard output, `maestro-schema: {...}`: the revision before and after, and what this image
knows of revisions. Each revision file may say `compatible = True`: services that know only earlier revisions still work
after it (an expansion).
"""

import json
import os
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from . import database_url

REPORT = "maestro-schema: "
LOCK_WAIT_SECONDS = 30.0
"""How long another migration of the same database is waited for; MIGRATION_LOCK_SECONDS changes it."""
STATEMENT_LOCK_TIMEOUT = "5s"
"""How long one statement waits for a table in use: users' queries queue up behind it."""


class Revision(TypedDict):
    """One revision, as the report has it."""

    revision: str
    down: list[str]
    compatible: bool


class MigrationLocked(Exception):
    """Somebody else migrates this database."""


class DatabaseMoved(Exception):
    """The database is at another revision than the plan has seen."""


class UnknownRevision(Exception):
    """The database is at a revision that this image does not know."""


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
        before = list(context.get_context().get_current_heads())
        connection.commit()
        known = _known()
        if unknown := [each for each in before if each not in {one["revision"] for one in known}]:
            _report(before, before, known)
            reason = refusal(unknown, known, os.environ)
            if reason:
                raise UnknownRevision(reason)
            print(f"revision {', '.join(before)} is later than this image's, and compatible: left as it is")
            return
        if reason := moved(before, os.environ):
            _report(before, before, known)
            raise DatabaseMoved(reason)
        try:
            with context.begin_transaction():
                context.run_migrations()
        except SQLAlchemyError:
            _report_failure(connection, before, known)
            raise
        _report(before, list(context.get_context().get_current_heads()), known)


def moved(before: Sequence[str], env: Mapping[str, str]) -> str | None:
    """Why the database is not where the update was planned for; None: it is.

    MIGRATION_SEEN holds the revisions that the plan has seen; MIGRATION_RESUMES is set where the same migration was
    begun before, and so may have done a part.
    """
    seen = env.get("MIGRATION_SEEN")
    if not seen or env.get("MIGRATION_RESUMES") or sorted(json.loads(seen)) == sorted(before):
        return None
    return (
        f"the database is at revision {', '.join(before) or 'nothing'}; when this was planned it was at"
        f" {', '.join(json.loads(seen)) or 'nothing'}. Nothing was changed; `npm run migrate -- status` looks again,"
        " then plan and run the update again"
    )


def refusal(
    unknown: Sequence[str], known: Sequence[Revision], env: Mapping[str, str]
) -> str | None:
    """Why an image cannot work with revisions it does not know; None: each one since its own is compatible.

    MIGRATION_PRESENT holds the revisions of the release that brought them, MIGRATION_COMPATIBLE those that the operator
    has declared compatible.
    """
    declared = set(env.get("MIGRATION_COMPATIBLE", "").split(","))
    present = {each["revision"]: each for each in json.loads(env.get("MIGRATION_PRESENT") or "[]")}
    own = {each["revision"] for each in known}
    pending = list(unknown)
    while pending:
        current = pending.pop()
        if current in own or current in declared:
            continue
        found = present.get(current)
        if found is None:
            return f"the database is at revision {current}, which no release here knows; nothing was changed"
        if not found["compatible"]:
            return (
                f"the database is at revision {', '.join(unknown)}; this image does not know {current}, which is not"
                " marked compatible with earlier ones; nothing was changed"
            )
        pending.extend(found["down"])
    return None


def _known() -> list[Revision]:
    script = ScriptDirectory.from_config(context.config)
    return [
        {
            "revision": each.revision,
            "down": list(each._all_down_revisions),
            "compatible": bool(getattr(each.module, "compatible", False)),
        }
        for each in script.walk_revisions()
    ]


def _report(before: Sequence[str], after: Sequence[str], known: Sequence[Revision]) -> None:
    report: dict[str, Any] = {"before": list(before), "after": list(after), "known": list(known)}
    print(REPORT + json.dumps(report), file=sys.stdout, flush=True)


def _report_failure(
    connection: Connection, before: Sequence[str], known: Sequence[Revision]
) -> None:
    """What earlier revisions of a failed run have left behind; nothing where the database cannot say."""
    try:
        connection.rollback()
        _report(before, MigrationContext.configure(connection).get_current_heads(), known)
    except SQLAlchemyError as error:
        print(f"the database cannot be asked where it is now: {error}", file=sys.stderr)


def _lock(connection: Connection) -> None:
    """Takes the database's advisory lock for this session: it is free again when the session ends, however it ends."""
    name = connection.engine.url.database or ""
    key = zlib.crc32(f"maestro migration {name}".encode())
    deadline = time.monotonic() + float(
        os.environ.get("MIGRATION_LOCK_SECONDS") or LOCK_WAIT_SECONDS
    )
    connection.execute(
        text("SELECT set_config('application_name', :name, false)"), {"name": _holder()}
    )
    # A killed migration's statement would else run on to its end, and keep the lock; servers before 14 do not know it.
    connection.execute(
        text(
            "SELECT set_config(name, '1s', false) FROM pg_settings"
            " WHERE name = 'client_connection_check_interval'"
        )
    )
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
