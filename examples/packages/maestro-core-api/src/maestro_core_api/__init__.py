"""What each service has beside its business: probes, metrics, traces, JSON logs, faults for tests, a graceful end."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from types import FrameType
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from maestro_core_config import flag, number, text
from maestro_core_logging import RequestIdMiddleware, configure
from maestro_monitoring import CONTENT_TYPE_LATEST, HttpMetrics, render
from maestro_monitoring.tracing import TraceMiddleware, add_trace_id, start_export

__all__ = ["SET", "create_app", "stopping"]

Missing = Mapping[str, Any]
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SET = os.environ.get("MAESTRO_SET", "")
PROBES = ("/health", "/ready", "/version", "/metrics")

FAULT_HEALTH = os.environ.get("FAULT_HEALTH", "")
FAULT_ERROR_RATE = number("FAULT_ERROR_RATE", 0)
FAULT_LATENCY_SECONDS = number("FAULT_LATENCY_MS", 0) / 1000
FAULT_EXIT_AFTER_SECONDS = number("FAULT_EXIT_AFTER_SECONDS", 0)
FAULT_IGNORE_SIGTERM = flag("FAULT_IGNORE_SIGTERM")

log = logging.getLogger("maestro_core_api")
metrics_of_requests = HttpMetrics()
stopping = asyncio.Event()
"""Set when the service is to end: open streams then finish."""


def _is_outside_of_traces(scope: Scope) -> bool:
    """Whether a request is a look at the service, which comes each second, and no part of somebody's trace."""
    return scope["path"] in PROBES and all(name != b"traceparent" for name, _ in scope["headers"])


TELEMETRY: TelemetryConfig = {
    # One span a request. The exporter is our own: its end has a bound.
    "auto_configure": False,
    "operation_spans": False,
    "metrics": False,
    "logs": False,
    "exclude": _is_outside_of_traces,
}


def create_app(
    service: str,
    check_ready: Callable[[], Awaitable[Missing]],
    start: Callable[[], Awaitable["asyncio.Task[None] | None"]] | None = None,
) -> FastAPI:
    """A FastAPI application with the probes. `check_ready()` returns what is missing, an empty dict when ready;
    `start()` is awaited before the first request and may return a task that ends with the service."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        _log_as_json(service)
        export = start_export(service)
        _handle_sigterm()
        if FAULT_EXIT_AFTER_SECONDS:
            asyncio.get_running_loop().call_later(FAULT_EXIT_AFTER_SECONDS, os._exit, 1)
        task = await start() if start else None
        # What start-up made stays for ever: no later collection has to look at it.
        gc.freeze()
        gc.enable()
        yield
        if task:
            task.cancel()
        if export:
            await export.stop()

    app = FastAPI(title=service, lifespan=lifespan, telemetry=TELEMETRY)
    app.add_middleware(_Instruments)
    app.add_middleware(RequestIdMiddleware)
    app.add_middleware(TraceMiddleware)
    _add_probes(app, service, check_ready)
    return app


def _add_probes(
    app: FastAPI, service: str, check_ready: Callable[[], Awaitable[Missing]]
) -> None:
    @app.get("/health")
    async def health() -> Response:
        if FAULT_HEALTH == "fail":
            return JSONResponse({"status": "failing", "service": service}, 503)
        return JSONResponse({"status": "ok", "service": service})

    @app.get("/ready")
    async def ready() -> Response:
        missing = {"fault": "FAULT_HEALTH"} if FAULT_HEALTH else await check_ready()
        status = "not ready" if missing else "ready"
        body = {"status": status, "service": service, "missing": missing}
        return JSONResponse(body, 503 if missing else 200)

    @app.get("/version")
    async def version() -> dict[str, str]:
        return {
            "service": service,
            "version": os.environ.get("IMAGE_VERSION", ""),
            "digest": os.environ.get("MAESTRO_DIGEST", ""),
            "set": SET,
        }

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(render(), media_type=CONTENT_TYPE_LATEST)

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ValueError:
            return JSONResponse({"error": "the body must be JSON"}, 400)
        answer = body if isinstance(body, dict) else {"value": body}
        return JSONResponse({**answer, "service": service, "set": SET})


def _log_as_json(service: str) -> None:
    configure(service, text("LOG_LEVEL", "info"))
    for handler in logging.getLogger().handlers:
        handler.addFilter(add_trace_id)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True


def _handle_sigterm() -> None:
    """Tells open streams to end; uvicorn's own handler then finishes what is in flight."""
    if FAULT_IGNORE_SIGTERM:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return
    loop = asyncio.get_running_loop()
    server_handler = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopping.set)
        if callable(server_handler):
            server_handler(number, frame)

    signal.signal(signal.SIGTERM, handle)


class _Instruments:
    """Counts, times and logs each request and injects the faults asked for by environment."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if FAULT_LATENCY_SECONDS:
            await asyncio.sleep(FAULT_LATENCY_SECONDS)
        application = self.app
        if scope["path"] not in PROBES and random.random() < FAULT_ERROR_RATE:
            application = JSONResponse({"error": "fault asked for by FAULT_ERROR_RATE"}, 500)
        log.debug("request", extra={"method": scope["method"], "path": scope["path"]})
        await metrics_of_requests.observe(application, scope, receive, send)
