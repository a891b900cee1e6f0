"""Where templates are kept: in the database when the secret DATABASE_URL is there, else in memory."""

from typing import Protocol

from maestro_core_config import secret
from maestro_core_db import database_url, make_engine, ping, session
from sqlalchemy import Engine, text

EXAMPLE = ("greeting", "Hello $name, welcome to $place.")


class Store(Protocol):
    def all(self) -> dict[str, str]: ...
    def get(self, name: str) -> str | None: ...
    def put(self, name: str, body: str) -> None: ...
    def problem(self) -> str | None: ...


class Memory:
    def __init__(self) -> None:
        self.templates = dict([EXAMPLE])

    def all(self) -> dict[str, str]:
        return self.templates

    def get(self, name: str) -> str | None:
        return self.templates.get(name)

    def put(self, name: str, body: str) -> None:
        self.templates[name] = body

    def problem(self) -> str | None:
        return None


class Database:
    """Templates in PostgreSQL. Reads and writes `body`, which revision 0002 put beside `text`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def all(self) -> dict[str, str]:
        with session(self.engine) as current:
            return {row.name: row.body for row in current.execute(text("SELECT name, body FROM templates ORDER BY name"))}

    def get(self, name: str) -> str | None:
        with session(self.engine) as current:
            return current.scalar(text("SELECT body FROM templates WHERE name = :name"), {"name": name})

    def put(self, name: str, body: str) -> None:
        query = "INSERT INTO templates (name, body) VALUES (:name, :body) ON CONFLICT (name) DO UPDATE SET body = :body"
        with session(self.engine) as current:
            current.execute(text(query), {"name": name, "body": body})

    def problem(self) -> str | None:
        return ping(self.engine)


def open_store() -> Store:
    return Database(make_engine(database_url())) if secret("DATABASE_URL") else Memory()
