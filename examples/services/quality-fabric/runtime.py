"""What each service of the set has beside its business: probes, metrics, faults for tests, a graceful end.

Every service carries its own copy of this file, so that each one builds and runs by itself.
"""

import asyncio
import contextlib
import gc
import json
import os
import random
import signal
import time

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

SET = os.environ.get("MAESTRO_SET", "")
FAULT_HEALTH = os.environ.get("FAULT_HEALTH", "")
FAULT_ERROR_RATE = float(os.environ.get("FAULT_ERROR_RATE") or 0)
FAULT_LATENCY_SECONDS = float(os.environ.get("FAULT_LATENCY_MS") or 0) / 1000
FAULT_EXIT_AFTER_SECONDS = float(os.environ.get("FAULT_EXIT_AFTER_SECONDS") or 0)
FAULT_IGNORE_SIGTERM = os.environ.get("FAULT_IGNORE_SIGTERM", "") not in ("", "0")

PROBES = ("/health", "/ready", "/version", "/metrics")

REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "status"])
SECONDS = Histogram("http_request_duration_seconds", "Time until the answer began", ["method"])
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being answered")

stopping = asyncio.Event()


def create_app(service, check_ready, start=None):
    """A FastAPI application with the probes. `check_ready()` returns what is missing, an empty dict when ready;
    `start()` is awaited before the first request and may return a task that ends with the service."""

    @contextlib.asynccontextmanager
    async def lifespan(_app):
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

    app = FastAPI(title=service, lifespan=lifespan)
    app.add_middleware(_Instruments)

    @app.get("/health")
    async def health():
        if FAULT_HEALTH == "fail":
            return JSONResponse({"status": "failing", "service": service}, 503)
        return {"status": "ok", "service": service}

    @app.get("/ready")
    async def ready():
        missing = {"fault": "FAULT_HEALTH"} if FAULT_HEALTH else await check_ready()
        status = "not ready" if missing else "ready"
        body = {"status": status, "service": service, "missing": missing}
        return JSONResponse(body, 503 if missing else 200)

    @app.get("/version")
    async def version():
        return {
            "service": service,
            "version": os.environ.get("IMAGE_VERSION", ""),
            "digest": os.environ.get("MAESTRO_DIGEST", ""),
            "set": SET,
        }

    @app.get("/metrics")
    async def metrics():
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.post("/echo")
    async def echo(request: Request):
        try:
            body = json.loads(await request.body())
        except ValueError:
            return JSONResponse({"error": "the body must be JSON"}, 400)
        answer = body if isinstance(body, dict) else {"value": body}
        return {**answer, "service": service, "set": SET}

    return app


def _handle_sigterm():
    """Tells open streams to end; uvicorn's own handler then finishes what is in flight."""
    if FAULT_IGNORE_SIGTERM:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return
    loop = asyncio.get_running_loop()
    server_handler = signal.getsignal(signal.SIGTERM)

    def handle(number, frame):
        loop.call_soon_threadsafe(stopping.set)
        if callable(server_handler):
            server_handler(number, frame)

    signal.signal(signal.SIGTERM, handle)


class _Instruments:
    """Counts and times each request and injects the faults asked for by environment."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        method = scope["method"]

        async def observed_send(message):
            if message["type"] == "http.response.start":
                SECONDS.labels(method).observe(time.perf_counter() - began)
                REQUESTS.labels(method, message["status"]).inc()
            await send(message)

        with IN_FLIGHT.track_inprogress():
            if FAULT_LATENCY_SECONDS:
                await asyncio.sleep(FAULT_LATENCY_SECONDS)
            application = self.app
            if scope["path"] not in PROBES and random.random() < FAULT_ERROR_RATE:
                application = JSONResponse({"error": "fault asked for by FAULT_ERROR_RATE"}, 500)
            await application(scope, receive, observed_send)
