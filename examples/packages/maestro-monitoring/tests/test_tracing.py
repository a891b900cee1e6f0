import asyncio
import logging
import sys
from email.message import Message
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

import pytest

from maestro_monitoring import tracing
from maestro_monitoring.tracing import TraceMiddleware, add_trace_id, call, start_export

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
NOWHERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
UNWANTED = {"OTEL_TRACES_EXPORTER": "none"}
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def refuse(request: Request, timeout: float) -> Any:
    """What `urlopen` does when a service answers 503."""
    raise HTTPError(request.full_url, 503, f"within {timeout} s", Message(), None)


def ask(monkeypatch: pytest.MonkeyPatch, headers: list[tuple[bytes, bytes]]) -> tuple[Any, Any]:
    """What a log line's `trace_id` is within a request, and the `traceparent` of a call that fails."""
    monkeypatch.setattr(tracing, "urlopen", refuse)
    seen: list[tuple[Any, Any]] = []

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        record = logging.makeLogRecord({})
        assert add_trace_id(record)
        request = Request("http://stock/articles?key=1")
        with pytest.raises(HTTPError, match="within 3 s"):
            call(request, 3)
        seen.append((getattr(record, "trace_id", None), request.headers.get("traceparent")))

    async def nothing(*_: Any) -> Any:
        pass

    scope = {"type": "http", "path": "/", "headers": headers}
    asyncio.run(TraceMiddleware(app)(scope, nothing, nothing))
    return seen[0]


def test_a_callers_trace_is_in_log_lines_and_goes_on_in_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ask(monkeypatch, [(b"traceparent", PARENT.encode())]) == (TRACE, PARENT)


@pytest.mark.parametrize(
    "given", [b"", b"00-0-0-01", b"\xff", PARENT.replace(TRACE, "0" * 32).encode()]
)
def test_what_is_no_trace_is_not_handed_on(given: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, [(b"traceparent", given)]) == (None, None)
    assert ask(monkeypatch, []) == (None, None)


def test_other_scopes_than_requests_pass() -> None:
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any:
        pass

    asyncio.run(TraceMiddleware(app)({"type": "lifespan"}, nothing, nothing))
    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize("env", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, NOWHERE | UNWANTED])
def test_nothing_is_exported_unless_it_is_said_where(
    env: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert start_export("orders", env) is None
    assert caplog.text == ""


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
    assert start_export("orders", NOWHERE | env) is None
    assert message in caplog.text
