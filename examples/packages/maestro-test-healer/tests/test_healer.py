from collections.abc import Sequence

import pytest

from maestro_test_healer import Diagnosis, Outcome, diagnose, plan_retries

P: Outcome = "passed"
F: Outcome = "failed"


@pytest.mark.parametrize(
    "history, verdict",
    [
        ([], "healthy"),
        ([P, P], "healthy"),
        ([P, F], "broken"),
        ([F, P], "recovered"),
        ([P, F, P], "flaky"),
        ([F, P, F], "flaky"),
    ],
)
def test_judges_by_history(history: Sequence[Outcome], verdict: str) -> None:
    assert diagnose(history).verdict == verdict


def test_counts() -> None:
    assert diagnose([P, F, P, F]) == Diagnosis("flaky", 3, 0.5)


def test_runs_only_flaky_failures_again() -> None:
    assert plan_retries({"a": [P, F, P, F], "b": [P, F], "c": [F, P, F, P]}) == {"a": 2}
