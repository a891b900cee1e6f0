"""Automation jobs: created with their steps, run one after the other by a worker, kept in memory."""

import asyncio
import itertools
import time
from collections import OrderedDict

from fastapi import HTTPException
from pydantic import BaseModel

from runtime import create_app

MAX_JOBS = 1000
STEP_SECONDS = 0.01

jobs = OrderedDict()
numbers = itertools.count(1)
queue = asyncio.Queue()
worker = None


class NewJob(BaseModel):
    name: str
    steps: list[str] = []


async def start():
    global worker
    worker = asyncio.create_task(run_queue())
    return worker


async def check_ready():
    return {} if worker and not worker.done() else {"worker": "not running"}


async def run_queue():
    while True:
        job = await queue.get()
        job["state"] = "running"
        for step in job["steps"]:
            await asyncio.sleep(STEP_SECONDS)
            job["log"].append({"step": step, "at": time.time()})
        job["state"] = "succeeded"


app = create_app("automation-service", check_ready, start)


@app.post("/jobs", status_code=201)
async def create_job(new: NewJob):
    job = {"id": f"job-{next(numbers)}", "name": new.name, "steps": new.steps, "state": "created", "log": []}
    jobs[job["id"]] = job
    if len(jobs) > MAX_JOBS:
        jobs.popitem(last=False)
    return job


@app.get("/jobs")
async def list_jobs():
    return list(jobs.values())


@app.get("/jobs/{job_id}")
async def show_job(job_id: str):
    return find(job_id)


@app.post("/jobs/{job_id}/run", status_code=202)
async def run_job(job_id: str):
    job = find(job_id)
    if job["state"] in ("queued", "running"):
        raise HTTPException(409, f"{job_id} is already {job['state']}")
    job["state"], job["log"] = "queued", []
    queue.put_nowait(job)
    return job


def find(job_id):
    if job_id not in jobs:
        raise HTTPException(404, f"no job {job_id}")
    return jobs[job_id]
