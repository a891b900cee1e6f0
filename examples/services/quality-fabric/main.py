"""Quality gates: named limits on metrics, and the verdict on submitted ones."""

import hashlib
import hmac
import itertools
import os
from pathlib import Path
from typing import Literal

from fastapi import HTTPException
from pydantic import BaseModel

from maestro_core_api import create_app
from maestro_test_healer import diagnose, plan_retries

MAX_GATES = 200

numbers = itertools.count(1)
# The file's path comes with the secret. Without one, verdicts are not signed.
key_file = os.environ.get("SECRET_KEY_FILE", "")
signing_key = Path(key_file).read_bytes() if key_file else b""


class Limit(BaseModel):
    metric: str
    rule: Literal["at least", "at most"]
    value: float

    def holds(self, metrics):
        measured = metrics.get(self.metric)
        if measured is None:
            return False
        return measured >= self.value if self.rule == "at least" else measured <= self.value


class Submission(BaseModel):
    gate: str = "default"
    metrics: dict[str, float]


gates = {
    "default": [
        Limit(metric="coverage", rule="at least", value=80),
        Limit(metric="failed_tests", rule="at most", value=0),
    ]
}


async def check_ready():
    return {} if gates else {"gates": "none defined"}


app = create_app("quality-fabric", check_ready)


@app.get("/gates")
async def list_gates():
    return gates


@app.put("/gates/{name}")
async def define_gate(name: str, limits: list[Limit]):
    if name not in gates and len(gates) >= MAX_GATES:
        raise HTTPException(507, f"at most {MAX_GATES} gates are kept")
    gates[name] = limits
    return {"gate": name, "limits": len(limits)}


@app.post("/histories")
async def judge(histories: dict[str, list[Literal["passed", "failed"]]]):
    """What each test's results, oldest first, say about it, and which tests to run again how often."""
    found = {name: diagnose(history) for name, history in histories.items()}
    return {"tests": found, "retries": plan_retries(histories)}


@app.post("/evaluations", status_code=201)
async def evaluate(submission: Submission):
    if submission.gate not in gates:
        raise HTTPException(404, f"no gate {submission.gate}")
    failed = [limit for limit in gates[submission.gate] if not limit.holds(submission.metrics)]
    evaluation = f"evaluation-{next(numbers)}"
    verdict = "failed" if failed else "passed"
    return {
        "id": evaluation,
        "gate": submission.gate,
        "verdict": verdict,
        "failed": [f"{limit.metric} must be {limit.rule} {limit.value:g}" for limit in failed],
        "signature": sign(f"{evaluation} {submission.gate} {verdict}"),
    }


def sign(text):
    """Lets others who have the key see that a verdict is ours."""
    return hmac.new(signing_key, text.encode(), hashlib.sha256).hexdigest() if signing_key else None
