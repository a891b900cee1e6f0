from collections.abc import Mapping
from typing import Any

from fastapi.testclient import TestClient

from maestro_core_api import create_app

missing: dict[str, str] = {}


async def check_ready() -> Mapping[str, Any]:
    return missing


client = TestClient(create_app("orders", check_ready))


def test_answers_the_probes() -> None:
    assert client.get("/health").json() == {"status": "ok", "service": "orders"}
    assert client.get("/version").json()["service"] == "orders"
    assert "http_requests_total" in client.get("/metrics").text


def test_is_ready_once_nothing_is_missing() -> None:
    assert client.get("/ready").status_code == 200
    missing["database"] = "down"
    try:
        answer = client.get("/ready")
        assert (answer.status_code, answer.json()["missing"]) == (503, {"database": "down"})
    finally:
        missing.clear()


def test_echoes_json_with_the_requests_id() -> None:
    answer = client.post("/echo", json={"a": 1}, headers={"X-Request-Id": "abc"})
    assert answer.json() == {"a": 1, "service": "orders", "set": ""}
    assert answer.headers["x-request-id"] == "abc"
    assert client.post("/echo", content="{").status_code == 400
