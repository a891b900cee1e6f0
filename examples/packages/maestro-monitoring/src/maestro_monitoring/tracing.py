"""Traces of an ASGI application: the caller's goes on in log lines and calls, and spans are sent where an exporter is named.

Without an exporter only OpenTelemetry's API is loaded; what needs the SDK is in `maestro_monitoring.otlp`.
"""

import logging
import os
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from opentelemetry import context, propagate, trace

from maestro_monitoring import Application, Receive, Scope, Send

if TYPE_CHECKING:
    from maestro_monitoring.otlp import SpanExport

__all__ = ["TraceMiddleware", "add_trace_id", "call", "start_export"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
HTTP = "http/protobuf"
STATUS = "http.response.status_code"

log = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)


class TraceMiddleware:
    """Lets the trace that a request's `traceparent` names go on, where no span of an SDK does so already."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _trace_id():
            await self.app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        token = context.attach(propagate.extract(headers))
        try:
            await self.app(scope, receive, send)
        finally:
            context.detach(token)


def add_trace_id(record: logging.LogRecord) -> bool:
    """A filter for handlers: gives each record of a request's the field `trace_id`, 32 hex digits; drops none."""
    if found := _trace_id():
        record.trace_id = found
    return True


def call(request: Request, timeout: float) -> HTTPResponse:
    """What `urlopen` does, as a part of the current trace: handed on, and a span where spans are sent.

    `timeout` is in seconds. Outside of a trace, as in a look at the service's health, the call begins none.
    """
    if not _trace_id():
        return _open(request, timeout)
    with tracer.start_as_current_span(
        request.get_method(), kind=trace.SpanKind.CLIENT, attributes=_describe(request)
    ) as span:
        propagate.inject(request.headers)
        try:
            answer = _open(request, timeout)
        except HTTPError as error:
            span.set_attribute(STATUS, error.code)
            raise
        span.set_attribute(STATUS, answer.status)
        return answer


def start_export(service: str, env: Mapping[str, str] = os.environ) -> "SpanExport | None":
    """Begins to send spans to OTEL_EXPORTER_OTLP_ENDPOINT as `service`, unless OTEL_SERVICE_NAME says otherwise.

    None, and no SDK is loaded, without that variable, or with OTEL_TRACES_EXPORTER=none. What cannot be set up
    is a warning: traces hold no service back.
    """
    if not env.get(ENDPOINT) or env.get("OTEL_TRACES_EXPORTER") == "none":
        return None
    if (protocol := env.get(PROTOCOL) or HTTP) != HTTP:
        log.warning('traces are not sent: %s must be %s, got "%s"', PROTOCOL, HTTP, protocol)
        return None
    try:
        from maestro_monitoring.otlp import SpanExport

        return SpanExport(service, env)
    except ImportError as error:
        log.warning("traces are not sent: %s; install maestro-monitoring[otlp]", error)
    except Exception:
        log.exception("traces are not sent")
    return None


def _open(request: Request, timeout: float) -> HTTPResponse:
    answer: HTTPResponse = urlopen(request, timeout=timeout)
    return answer


def _describe(request: Request) -> dict[str, str | int]:
    """As OpenTelemetry names what a call is; without login and query, which may hold secrets."""
    url = urlsplit(request.full_url)
    host = url.netloc.rpartition("@")[2]
    return {
        "http.request.method": request.get_method(),
        "server.address": url.hostname or "",
        "server.port": url.port or (443 if url.scheme == "https" else 80),
        "url.full": f"{url.scheme}://{host}{url.path}",
    }


def _trace_id() -> str:
    """Of the current trace; empty outside of one."""
    current = trace.get_current_span().get_span_context()
    return trace.format_trace_id(current.trace_id) if current.is_valid else ""
