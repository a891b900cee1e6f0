"""Flask on gunicorn, one of those that the gateway asks."""

from flask import Flask, jsonify

from json_lines import logger

app = Flask(__name__)
log = logger("orders")


@app.get("/health")
@app.get("/ready")
def health():
    return jsonify(status="ok")


@app.get("/orders/<int:number>")
def order(number):
    log.info("order %d", number, extra={"order": {"number": number}})
    return jsonify(number=number)
