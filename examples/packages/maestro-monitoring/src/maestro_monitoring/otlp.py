"""Sends spans over OTLP/HTTP. Loads OpenTelemetry's SDK, so only `tracing.start_export` imports it."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

__all__ = ["SpanExport"]

TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
TIMEOUT_SECONDS = 2
"""For one batch with its retries, unless one of TIMEOUTS says otherwise."""
LAST_BATCH_SECONDS = 1
COMPLAINT_SECONDS = 60
TALKERS = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
)


class SpanExport:
    """Spans of the process, sent in batches by a thread of its own.

    A request only puts its spans into a queue with a bound (2048, OTEL_BSP_MAX_QUEUE_SIZE): what a receiver that is slow
    or gone does not take is dropped.
    """

    def __init__(self, service: str, env: Mapping[str, str]) -> None:
        given = any(env.get(name) for name in TIMEOUTS)
        named = bool(env.get("OTEL_SERVICE_NAME"))
        self._provider = TracerProvider(
            resource=Resource.create({} if named else {SERVICE_NAME: service}), shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(timeout=None if given else TIMEOUT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        seldom = _Seldom()
        for name in TALKERS:
            logging.getLogger(name).addFilter(seldom)
        trace.set_tracer_provider(self._provider)

    async def stop(self) -> None:
        """Sends what is left, within LAST_BATCH_SECONDS: a service must end within its grace, whoever takes its traces."""
        # A daemon: the process does not wait for it. The SDK would wait for half a minute.
        sender = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        sender.start()
        await asyncio.to_thread(sender.join, LAST_BATCH_SECONDS)


class _Seldom(logging.Filter):
    """Lets one complaint a minute pass: a receiver that is gone for a day is no news each five seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._quiet_until = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._quiet_until:
            return False
        self._quiet_until = now + COMPLAINT_SECONDS
        return True
