"""Where jobs are kept: in the database when the secret DATABASE_URL is there, else in memory."""

import itertools
import json
from collections import OrderedDict
from typing import Any, Protocol

from maestro_core_config import secret
from maestro_core_db import database_url, make_engine, ping, session
from sqlalchemy import Engine, text

MAX_JOBS = 1000

Job = dict[str, Any]


class Store(Protocol):
    def add(self, title: str, steps: list[str]) -> Job: ...
    def all(self) -> list[Job]: ...
    def get(self, job_id: str) -> Job | None: ...
    def save(self, job: Job) -> None: ...
    def problem(self) -> str | None: ...


class Memory:
    def __init__(self) -> None:
        self.jobs: OrderedDict[str, Job] = OrderedDict()
        self.numbers = itertools.count(1)

    def add(self, title: str, steps: list[str]) -> Job:
        job = {"id": f"job-{next(self.numbers)}", "name": title, "steps": steps, "state": "created", "log": []}
        self.jobs[job["id"]] = job
        if len(self.jobs) > MAX_JOBS:
            self.jobs.popitem(last=False)
        return job

    def all(self) -> list[Job]:
        return list(self.jobs.values())

    def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    def save(self, job: Job) -> None:
        self.jobs[job["id"]] = job

    def problem(self) -> str | None:
        return None


class Database:
    """Jobs in PostgreSQL. Reads and writes `title`, which revision 0002 put beside `name`."""

    COLUMNS = "id, title, steps, state, log"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, title: str, steps: list[str]) -> Job:
        with session(self.engine) as current:
            query = f"INSERT INTO jobs (title, steps) VALUES (:title, CAST(:steps AS jsonb)) RETURNING {self.COLUMNS}"
            return _job(current.execute(text(query), {"title": title, "steps": json.dumps(steps)}).one())

    def all(self) -> list[Job]:
        with session(self.engine) as current:
            query = f"SELECT {self.COLUMNS} FROM jobs ORDER BY id DESC LIMIT {MAX_JOBS}"
            return [_job(row) for row in reversed(current.execute(text(query)).all())]

    def get(self, job_id: str) -> Job | None:
        number = job_id.removeprefix("job-")
        if not number.isdigit():
            return None
        with session(self.engine) as current:
            query = f"SELECT {self.COLUMNS} FROM jobs WHERE id = :id"
            row = current.execute(text(query), {"id": int(number)}).one_or_none()
            return _job(row) if row else None

    def save(self, job: Job) -> None:
        values = {"id": int(job["id"].removeprefix("job-")), "state": job["state"], "log": json.dumps(job["log"])}
        with session(self.engine) as current:
            current.execute(text("UPDATE jobs SET state = :state, log = CAST(:log AS jsonb) WHERE id = :id"), values)

    def problem(self) -> str | None:
        return ping(self.engine)


def _job(row: Any) -> Job:
    return {"id": f"job-{row.id}", "name": row.title, "steps": row.steps, "state": row.state, "log": row.log}


def open_store() -> Store:
    return Database(make_engine(database_url())) if secret("DATABASE_URL") else Memory()
