"""Traces of an ASGI application: the caller's goes on in log lines and calls, and spans are sent where an exporter is named.

Without an exporter only OpenTelemetry's API is loaded; what needs the SDK is in `maestro_monitoring.otlp`.
"""

import logging
import os
import urllib.request
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context, propagate, trace

if TYPE_CHECKING:
    from maestro_monitoring.otlp import SpanExport

__all__ = ["TraceMiddleware", "add_trace_id", "hand_on", "start_export"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
HTTP = "http/protobuf"
SUPPRESSED = "suppress_instrumentation"
"""Key by which OpenTelemetry's instrumentations are told to make no span."""

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


class TraceMiddleware:
    """Lets the trace that a request's `traceparent` names go on, where no span of an SDK does so already.

    A request for a path in `untraced` that belongs to no trace begins none, neither do calls that it causes.
    """

    def __init__(self, app: Application, untraced: Collection[str] = ()) -> None:
        self.app = app
        self.untraced = untraced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _trace_id():
            await self.app(scope, receive, send)
            return
        joined = propagate.extract(
            {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        )
        if scope["path"] in self.untraced and not _trace_id(joined):
            joined = context.set_value(SUPPRESSED, True, joined)
        token = context.attach(joined)
        try:
            await self.app(scope, receive, send)
        finally:
            context.detach(token)


def add_trace_id(record: logging.LogRecord) -> bool:
    """A filter for handlers: gives each record of a request's the field `trace_id`, 32 hex digits; drops none."""
    if found := _trace_id():
        record.trace_id = found
    return True


def hand_on(request: urllib.request.Request) -> None:
    """Lets the current trace go on in a request to another service; does nothing outside of a trace."""
    propagate.inject(request.headers)


def start_export(service: str, env: Mapping[str, str] = os.environ) -> "SpanExport | None":
    """Begins to send spans to OTEL_EXPORTER_OTLP_ENDPOINT as `service`, unless OTEL_SERVICE_NAME says otherwise.

    None, and no SDK is loaded, without that variable. What cannot be set up is a warning: traces hold no service back.
    """
    if not env.get(ENDPOINT):
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


def _trace_id(of: context.Context | None = None) -> str:
    """Of a context, by default the current one; empty outside of a trace."""
    found = trace.get_current_span(of).get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else ""
