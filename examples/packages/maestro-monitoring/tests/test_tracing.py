import asyncio
import logging
import sys
import urllib.request
from typing import Any

import pytest

from maestro_monitoring.tracing import TraceMiddleware, add_trace_id, hand_on, start_export

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def ask(headers: list[tuple[bytes, bytes]], path: str = "/") -> tuple[Any, str | None]:
    """What a log line's `trace_id` is within a request, and the `traceparent` of a call."""
    seen: list[tuple[Any, str | None]] = []

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        record = logging.makeLogRecord({})
        assert add_trace_id(record)
        request = urllib.request.Request("http://stock/")
        hand_on(request)
        seen.append((getattr(record, "trace_id", None), request.headers.get("traceparent")))

    async def nothing(*_: Any) -> Any:
        pass

    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(TraceMiddleware(app, untraced=["/ready"])(scope, nothing, nothing))
    return seen[0]


@pytest.mark.parametrize("path", ["/", "/ready"])
def test_a_callers_trace_is_in_log_lines_and_goes_on_in_calls(path: str) -> None:
    assert ask([(b"traceparent", PARENT.encode())], path) == (TRACE, PARENT)


@pytest.mark.parametrize("given", [b"", b"00-0-0-01", b"\xff", PARENT.replace(TRACE, "0" * 32).encode()])
def test_what_is_no_trace_is_not_handed_on(given: bytes) -> None:
    assert ask([(b"traceparent", given)]) == (None, None)
    assert ask([]) == (None, None)


def test_other_scopes_than_requests_pass() -> None:
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any:
        pass

    asyncio.run(TraceMiddleware(app)({"type": "lifespan"}, nothing, nothing))
    assert seen == [{"type": "lifespan"}]


def test_nothing_is_exported_without_an_endpoint() -> None:
    assert start_export("orders", {"OTEL_SERVICE_NAME": "orders"}) is None


@pytest.mark.parametrize(
    "env, message",
    [
        ({}, "install maestro-monitoring[otlp]"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, 'must be http/protobuf, got "grpc"'),
    ],
)
def test_what_cannot_be_set_up_is_a_warning(
    env: dict[str, str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "maestro_monitoring.otlp", None)
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert start_export("orders", endpoint | env) is None
    assert message in caplog.text
