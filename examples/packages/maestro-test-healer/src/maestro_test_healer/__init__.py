"""Tells flaky tests from broken ones by what earlier runs said, and which to run again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from maestro_core_config import number

__all__ = ["Diagnosis", "diagnose", "plan_retries"]

Outcome = Literal["passed", "failed"]
Verdict = Literal["healthy", "flaky", "broken", "recovered"]


@dataclass(frozen=True)
class Diagnosis:
    """What a test's history says about it."""

    verdict: Verdict
    changes: int
    """How often it went from passed to failed or back."""
    failure_rate: float


def diagnose(history: Sequence[Outcome], flaky_changes: int | None = None) -> Diagnosis:
    """Judges a history, oldest first. From `flaky_changes` on (default 2, or HEALER_FLAKY_CHANGES) it is flaky."""
    limit = int(number("HEALER_FLAKY_CHANGES", 2)) if flaky_changes is None else flaky_changes
    changes = sum(before != after for before, after in zip(history, history[1:], strict=False))
    rate = history.count("failed") / len(history) if history else 0.0
    verdict: Verdict
    if "failed" not in history:
        verdict = "healthy"
    elif changes >= limit:
        verdict = "flaky"
    else:
        verdict = "broken" if history[-1] == "failed" else "recovered"
    return Diagnosis(verdict, changes, rate)


def plan_retries(histories: Mapping[str, Sequence[Outcome]], attempts: int = 3) -> dict[str, int]:
    """Test -> how often to run it again: only flaky ones that failed last, the flakiest most often."""
    plan = {}
    for name, history in sorted(histories.items()):
        found = diagnose(history)
        if found.verdict == "flaky" and history[-1] == "failed":
            plan[name] = max(1, round(attempts * (1 - found.failure_rate)))
    return plan
