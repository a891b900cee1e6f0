"""Automation jobs: created with their steps, run one after the other by a worker.

With the secret DATABASE_URL they are kept in PostgreSQL, else in memory. With REDIS_URL their ends are told to other
services.
"""

import asyncio
import logging
import time

from fastapi import HTTPException
from maestro_core_api import create_app
from maestro_core_config import secret
from maestro_core_messaging import connect
from pydantic import BaseModel
from store import open_store

STEP_SECONDS = 0.01

log = logging.getLogger("automation")
store = open_store()
queue = asyncio.Queue()
bus = None
worker = None


class NewJob(BaseModel):
    name: str
    steps: list[str] = []


async def start():
    global bus, worker
    bus = connect(secret("REDIS_URL"))
    worker = asyncio.create_task(run_queue())
    return worker


async def check_ready():
    missing = {} if worker and not worker.done() else {"worker": "not running"}
    problem = await asyncio.to_thread(store.problem)
    return missing | ({"database": problem} if problem else {})


async def run_queue():
    while True:
        job = await queue.get()
        try:
            await run(job)
        except Exception:
            # The next job may well succeed, and readiness tells of a database that is gone.
            log.exception("a job failed", extra={"job": job["id"]})


async def run(job):
    job["state"] = "running"
    for step in job["steps"]:
        await asyncio.sleep(STEP_SECONDS)
        job["log"].append({"step": step, "at": time.time()})
    job["state"] = "succeeded"
    await asyncio.to_thread(store.save, job)
    log.info("job succeeded", extra={"job": job["id"], "steps": len(job["steps"])})
    await bus.publish("jobs", {"id": job["id"], "state": job["state"]})


app = create_app("automation-service", check_ready, start)


@app.post("/jobs", status_code=201)
def create_job(new: NewJob):
    job = store.add(new.name, new.steps)
    log.info("job created", extra={"job": job["id"]})
    return job


@app.get("/jobs")
def list_jobs():
    return store.all()


@app.get("/jobs/{job_id}")
def show_job(job_id: str):
    return find(job_id)


@app.post("/jobs/{job_id}/run", status_code=202)
async def run_job(job_id: str):
    job = await asyncio.to_thread(find, job_id)
    if job["state"] in ("queued", "running"):
        raise HTTPException(409, f"{job_id} is already {job['state']}")
    job["state"], job["log"] = "queued", []
    await asyncio.to_thread(store.save, job)
    queue.put_nowait(job)
    return job


def find(job_id):
    job = store.get(job_id)
    if job is None:
        raise HTTPException(404, f"no job {job_id}")
    return job
