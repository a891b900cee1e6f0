"""Prometheus metrics of an ASGI application: requests answered, how long they took, how many run."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

__all__ = ["CONTENT_TYPE_LATEST", "HttpMetrics", "render"]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class HttpMetrics:
    """Counts and times the requests of the applications it wraps."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.requests = Counter(
            "http_requests_total", "Requests answered", ["method", "status"], registry=registry
        )
        self.seconds = Histogram(
            "http_request_duration_seconds",
            "Time until the answer began",
            ["method"],
            registry=registry,
        )
        self.in_flight = Gauge(
            "http_requests_in_flight", "Requests being answered", registry=registry
        )

    async def observe(
        self, app: Application, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Runs one request of `app`."""
        began = time.perf_counter()
        method = scope["method"]

        async def observed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seconds.labels(method).observe(time.perf_counter() - began)
                self.requests.labels(method, message["status"]).inc()
            await send(message)

        with self.in_flight.track_inprogress():
            await app(scope, receive, observed_send)


def render(registry: CollectorRegistry = REGISTRY) -> bytes:
    """The metrics as Prometheus reads them."""
    return generate_latest(registry)
