"""A service in a process of its own, since an SDK is set up once for each: what it sends, hands on and writes down."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
EDGE_SPAN = "00f067aa0ba902b7"

SERVICE = """
import asyncio, json, logging, os, sys, threading, urllib.request
from httpx import ASGITransport, AsyncClient
from maestro_core_api import create_app
from maestro_monitoring.tracing import call

def ask_stock():
    call(urllib.request.Request(os.environ["STOCK_URL"]), 60).close()

async def check_ready():
    ask_stock()
    return {}

app = create_app("orders", check_ready)

@app.get("/orders/{number}")
def order(number: int):
    logging.getLogger("orders").info("order")
    ask_stock()

async def serve(requests):
    client = AsyncClient(transport=ASGITransport(app), base_url="http://orders")
    async with app.router.lifespan_context(app), client:
        for path, flags in requests:
            trace = f"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}"
            answer = await client.get(path, headers={"traceparent": trace} if flags else {})
            print(json.dumps({"message": "answer", "status": answer.status_code}))

asyncio.run(serve(json.loads(sys.argv[1])))
loaded = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "google.protobuf", "requests"))]
threads = [thread.name for thread in threading.enumerate()]
print(json.dumps({"message": "end", "loaded": loaded, "threads": threads}))
"""


class Peers(ThreadingHTTPServer):
    """A receiver of OTLP, and a service that is called."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: "queue.Queue[Any]" = queue.Queue()
        self.called: list[str | None] = []
        self.answers = threading.Event()
        self.answers.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def taken(self) -> list[tuple[str, Any]]:
        """Service and span of all that came; a service has sent its last before it ends."""
        return [self.spans.get() for _ in range(self.spans.qsize())]


class _Handler(BaseHTTPRequestHandler):
    server: Peers

    def do_GET(self) -> None:
        self.server.called.append(self.headers["traceparent"])
        self._answer()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.wait()
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.server.spans.put((attributes["service.name"], span))
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def peers() -> Iterator[Peers]:
    with Peers() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.answers.set()
        server.shutdown()


def run(peers: Peers, requests: list[tuple[str, str]], **env: str) -> list[dict[str, Any]]:
    """Lines of a service that gets requests, each a path and the flags of the edge's trace, and ends then."""
    everything = {**os.environ, "STOCK_URL": f"{peers.url}/stock?key=s3cret", **env}
    command = [sys.executable, "-c", SERVICE, json.dumps(requests)]
    ran = subprocess.run(command, env=everything, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def named(lines: list[dict[str, Any]], message: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["message"] == message]


def test_without_an_exporter_the_edges_trace_goes_on_and_nothing_of_the_sdk_is_loaded(
    peers: Peers,
) -> None:
    lines = run(peers, [("/orders/7", "01"), ("/orders/7", "")])
    first, second = named(lines, "order")
    assert first["trace_id"] == TRACE
    assert "trace_id" not in second
    assert peers.called == [f"00-{TRACE}-{EDGE_SPAN}-01", None]
    assert named(lines, "end")[0]["loaded"] == []


def test_with_an_exporter_a_request_is_a_span_with_one_below_it_for_each_call(peers: Peers) -> None:
    # A look at the service belongs to no trace unless it is given one; the fourth is not to be recorded.
    paths = [("/orders/7", "01"), ("/ready", ""), ("/ready", "01"), ("/orders/7", "00")]
    lines = run(peers, [*paths, ("/orders/8", "")], OTEL_EXPORTER_OTLP_ENDPOINT=peers.url)
    taken = peers.taken()
    assert {service for service, _ in taken} == {"orders"}
    spans = [span for _, span in taken]
    servers = [span for span in spans if span.kind == span.SPAN_KIND_SERVER]
    assert [(span.name, span.parent_span_id.hex()) for span in servers] == [
        ("GET /orders/{number}", EDGE_SPAN),
        ("GET /ready", EDGE_SPAN),
        ("GET /orders/{number}", ""),
    ]
    begun = servers[2].trace_id.hex()
    assert [span.trace_id.hex() for span in servers] == [TRACE, TRACE, begun]
    calls = [span for span in spans if span.kind == span.SPAN_KIND_CLIENT]
    assert [(span.name, span.parent_span_id) for span in calls] == [
        ("GET", server.span_id) for server in servers
    ]
    # A query may hold secrets, so it is not told.
    told = [{each.key: each.value for each in span.attributes} for span in calls]
    assert [each["url.full"].string_value for each in told] == [f"{peers.url}/stock"] * 3
    assert [each["http.response.status_code"].int_value for each in told] == [200] * 3
    first, look, second, unrecorded, last = peers.called
    named_spans = [str(called)[3:52] for called in (first, second, last)]
    assert named_spans == [f"{span.trace_id.hex()}-{span.span_id.hex()}" for span in calls]
    assert look is None
    assert str(unrecorded).startswith(f"00-{TRACE}-")
    assert str(unrecorded).endswith("-00")
    assert [line["trace_id"] for line in named(lines, "order")] == [TRACE, TRACE, begun]


def test_a_receiver_that_is_gone_is_one_line_and_no_request_notices(peers: Peers) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as gone:
        nowhere = f"http://127.0.0.1:{gone.server_port}"
    # A batch is one span, given up at once, and the queue has room for one: some fail, some are dropped.
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": nowhere, "OTEL_EXPORTER_OTLP_TIMEOUT": "0.1"}
    env |= {"OTEL_BSP_MAX_QUEUE_SIZE": "1", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1"}
    lines = run(peers, [("/orders/7", "01")] * 20, **env)
    assert [line["status"] for line in named(lines, "answer")] == [200] * 20
    complaints = [line for line in lines if str(line.get("logger")).startswith("opentelemetry")]
    assert len(complaints) == 1, complaints


def test_a_receiver_that_never_answers_does_not_keep_a_service_from_its_end(peers: Peers) -> None:
    peers.answers.clear()
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": peers.url, "OTEL_EXPORTER_OTLP_TIMEOUT": "3600"}
    lines = run(peers, [("/orders/7", "01")], **env)
    assert [line["status"] for line in named(lines, "answer")] == [200]
    # What sends the last spans still waited when the service had ended.
    assert "last-spans" in named(lines, "end")[0]["threads"]
