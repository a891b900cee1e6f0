"""Flask that logs each request as a line of JSON with the trace's id, as the edge hands it on in `traceparent`."""

import json

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/health")
@app.get("/ready")
def health():
    return jsonify(status="ok")


@app.get("/orders/<int:number>")
def order(number):
    _, trace, *_ = request.headers.get("traceparent", "--").split("-")
    level = "error" if number == 0 else "info"
    line = {"level": level, "message": f"order {number}", "trace_id": trace, "order": {"number": number}}
    print(json.dumps(line), flush=True)
    return jsonify(number=number)
