"""FastAPI that asks two services for one answer, through the edge, as services of a stack ask each other."""

import os

import requests
from fastapi import FastAPI

from json_lines import logger

app = FastAPI()
log = logger("checkout")
EDGE = os.environ["EDGE_URL"]


@app.get("/health")
@app.get("/ready")
def health():
    return {"status": "ok"}


@app.get("/checkout/{number}")
def checkout(number: int):
    log.info("checkout of %d", number, extra={"cart": {"number": number}})
    parts = [f"{EDGE}/orders/orders/{number}", f"{EDGE}/stock/stock/{number}"]
    answers = [requests.get(url, timeout=5) for url in parts]
    return {"number": number, "statuses": [answer.status_code for answer in answers]}
