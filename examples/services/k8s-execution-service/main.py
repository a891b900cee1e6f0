"""Execution requests for Kubernetes: checked, turned into a Job manifest, followed until done or canceled."""

import asyncio
import itertools
import os
import urllib.error
import urllib.request
from collections import OrderedDict
from typing import Literal

from fastapi import HTTPException
from pydantic import BaseModel, Field

from maestro_core_api import create_app

MAX_EXECUTIONS = 1000
CLUSTER_URL = os.environ.get("KUBERNETES_API_URL", "")
CLUSTER_TIMEOUT_SECONDS = 1

executions = OrderedDict()
numbers = itertools.count(1)


class NewExecution(BaseModel):
    image: str = Field(min_length=1)
    command: list[str] = []
    namespace: str = Field("default", pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    cpu: str = "100m"
    memory: str = "64Mi"


async def check_ready():
    """Ready without a cluster too: executions are then only planned."""
    if not CLUSTER_URL:
        return {}
    error = await asyncio.to_thread(ask_cluster)
    return {"cluster": error} if error else {}


def ask_cluster():
    """Why the cluster cannot be reached; nothing when it answers, be it with a refusal."""
    try:
        urllib.request.urlopen(CLUSTER_URL, timeout=CLUSTER_TIMEOUT_SECONDS).close()
    except urllib.error.HTTPError:
        pass
    except OSError as error:
        return str(error)


def manifest(name, new):
    container = {
        "name": "main",
        "image": new.image,
        "resources": {"limits": {"cpu": new.cpu, "memory": new.memory}},
    }
    if new.command:
        container["command"] = new.command
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": new.namespace},
        "spec": {
            "backoffLimit": 0,
            "template": {"spec": {"restartPolicy": "Never", "containers": [container]}},
        },
    }


app = create_app("k8s-execution-service", check_ready)


@app.post("/executions", status_code=201)
async def submit(new: NewExecution):
    name = f"execution-{next(numbers)}"
    state = "submitted" if CLUSTER_URL else "planned"
    executions[name] = {"id": name, "state": state, "manifest": manifest(name, new)}
    if len(executions) > MAX_EXECUTIONS:
        executions.popitem(last=False)
    return executions[name]


@app.get("/executions")
async def list_executions(state: Literal["planned", "submitted", "canceled"] | None = None):
    return [item for item in executions.values() if state in (None, item["state"])]


@app.get("/executions/{name}")
async def show(name: str):
    if name not in executions:
        raise HTTPException(404, f"no execution {name}")
    return executions[name]


@app.delete("/executions/{name}")
async def cancel(name: str):
    execution = await show(name)
    execution["state"] = "canceled"
    return execution
