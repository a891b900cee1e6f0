"""Flask as its documentation deploys it behind a proxy: ProxyFix believes one proxy in every header that it knows."""

import os

from flask import Flask, jsonify, make_response, redirect, request, url_for
from healthcheck import HealthCheck
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)


@app.get("/health")
@app.get("/ready")
def health():
    return jsonify(status="ok")


checks = HealthCheck(success_ttl=None, failed_ttl=None)


def database():
    said = os.environ.get("DATABASE", "up")
    return said == "up", said


def cache():
    return True, "hit"


checks.add_check(database)
checks.add_check(cache)


@app.get("/healthcheck")
def healthcheck():
    """py-healthcheck, as its documentation adds it. CHECK_STATUS keeps the status of one that only tells in its answer."""
    message, status, headers = checks.run()
    return message, int(os.environ.get("CHECK_STATUS", status)), headers


@app.route("/echo", methods=["GET", "POST", "PUT", "DELETE"])
def echo():
    return jsonify(
        method=request.method,
        url=request.url,
        client=request.remote_addr,
        headers=dict(request.headers),
        body=request.get_data(as_text=True),
    )


@app.post("/size")
def size():
    """Reads the body as a form's file is read: piece by piece."""
    total = 0
    while piece := request.stream.read(65536):
        total += len(piece)
    return jsonify(size=total, length=request.content_length)


@app.post("/json")
def json():
    return jsonify(got=request.get_json())


@app.get("/go")
def go():
    """A redirect to a page of its own, as Flask writes it: with the prefix that it was told."""
    return redirect(url_for("echo", _external="absolute" in request.args))


@app.get("/to")
def to():
    answer = make_response("", 302)
    answer.headers["Location"] = request.args["location"]
    answer.autocorrect_location_header = False
    return answer


@app.get("/cookie")
def cookie():
    answer = jsonify(path=request.script_root)
    answer.set_cookie("session", "1", path=request.args.get("path", request.script_root or "/"))
    return answer


@app.get("/headers")
def headers():
    """An answer with the headers of the query, each value as often as it is given."""
    answer = jsonify(ok=True)
    for name, value in request.args.items(multi=True):
        answer.headers.add(name, value)
    return answer
