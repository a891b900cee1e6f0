"""Takes traces over OTLP/HTTP: prints its port, then each span as a line of JSON, decoded by OpenTelemetry's own classes."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    tell(self.path, attributes, span)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def tell(path, attributes, span):
    found = {
        "path": path,
        "service": attributes["service.name"],
        "set": attributes.get("set", ""),
        "name": span.name,
        "kind": Span.SpanKind.Name(span.kind),
        "trace": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
    }
    # One call, so that lines of two threads do not mix.
    print(json.dumps(found) + "\n", end="", flush=True)


with ThreadingHTTPServer(("0.0.0.0", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
