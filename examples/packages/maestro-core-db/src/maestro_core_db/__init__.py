"""The service's database: one engine a process, sessions that commit or roll back."""

from collections.abc import Iterator
from contextlib import contextmanager

from maestro_core_config import ConfigurationError, required_secret
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

__all__ = ["database_url", "make_engine", "ping", "session"]

CONNECT_TIMEOUT_SECONDS = 3


def database_url(name: str = "DATABASE_URL") -> str:
    """The secret with the database's address, for SQLAlchemy's psycopg driver."""
    value = required_secret(name)
    try:
        url = make_url(value)
    except ArgumentError:
        # Never with the value: it holds the password.
        raise ConfigurationError(f"{name}: is no database URL; <postgresql://user:...>") from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def make_engine(url: str, pool_size: int = 5) -> Engine:
    """An engine whose connections are tried before use, so that a restarted database is no error."""
    if url.startswith("sqlite"):
        return create_engine(url)
    options = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    return create_engine(url, pool_size=pool_size, pool_pre_ping=True, connect_args=options)


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """A session that commits at the end, or rolls back when the block raises."""
    with Session(engine) as current, current.begin():
        yield current


def ping(engine: Engine) -> str | None:
    """Why the database does not answer, in a word; None when it does."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return type(error).__name__
    return None
