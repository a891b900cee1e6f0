"""The set as one: what the other services say about themselves, and a stream of what happens.

SERVICE_URLS lists them, `name=url` separated by commas. REQUIRED_SERVICES names those without which the gateway is
not ready; by default none, so that the services of a set may start in any order.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import time
import urllib.request

from fastapi import HTTPException, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from maestro_core_api import SET, create_app, stopping
from maestro_core_auth import issue, signing_key
from maestro_core_config import secret
from maestro_core_logging import request_id
from maestro_monitoring.tracing import call

TIMEOUT_SECONDS = 2
EVENT_SECONDS = 1
SESSION_SECONDS = 3600


def names(text):
    return [part.strip() for part in text.split(",") if part.strip()]


urls = dict(pair.split("=", 1) for pair in names(os.environ.get("SERVICE_URLS", "")))
signs = secret("SERVICE_TOKEN_KEY") is not None
required = names(os.environ.get("REQUIRED_SERVICES", ""))


def headers():
    """The request's id goes along, and, where the services share a key, who asks."""
    token = {"Authorization": f"Bearer {issue('maestro-gateway', signing_key())}"} if signs else {}
    return {"X-Request-Id": request_id.get()} | token


def fetch(url):
    try:
        request = urllib.request.Request(url, headers=headers())
        with call(request, TIMEOUT_SECONDS) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        return {"error": str(error)}


async def ask(path, services):
    answers = await asyncio.gather(
        *(asyncio.to_thread(fetch, urls[name].rstrip("/") + path) for name in services)
    )
    return dict(zip(services, answers))


async def check_ready():
    missing = {name: "not in SERVICE_URLS" for name in required if name not in urls}
    answers = await ask("/ready", [name for name in required if name in urls])
    return missing | {name: answer["error"] for name, answer in answers.items() if "error" in answer}


app = create_app("maestro-gateway", check_ready)


@app.get("/services")
async def services():
    """Version of each service behind the gateway, or why it did not answer."""
    return await ask("/version", list(urls))


@app.get("/services/ready")
async def services_ready():
    return await ask("/ready", list(urls))


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@app.post("/sessions", status_code=201)
async def open_session():
    """A token for an hour, signed with the secret JWT_SECRET; 503 where the stack has not given one."""
    key_file = os.environ.get("JWT_SECRET_FILE", "")
    if not key_file:
        raise HTTPException(503, "this stack has no JWT_SECRET")
    with open(key_file, "rb") as file:
        key = file.read()
    claims = {"iss": "maestro-gateway", "exp": int(time.time()) + SESSION_SECONDS}
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    signed = b".".join(base64url(json.dumps(part).encode()) for part in parts)
    signature = base64url(hmac.new(key, signed, hashlib.sha256).digest())
    return {"token": (signed + b"." + signature).decode()}


@app.get("/events")
async def events(count: int = 0):
    """Server-sent events, one a second: `count` of them to the last, or, without a count, until either side ends."""

    async def stream():
        number = 0
        # An answer that has an end is brought to it, also while the service stops.
        while count or not stopping.is_set():
            number += 1
            data = json.dumps({"number": number, "set": SET, "at": time.time()})
            yield f"id: {number}\nevent: tick\ndata: {data}\n\n"
            if number == count:
                return
            if count:
                await asyncio.sleep(EVENT_SECONDS)
                continue
            try:
                await asyncio.wait_for(stopping.wait(), EVENT_SECONDS)
            except asyncio.TimeoutError:
                pass

    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


@app.websocket("/ws")
async def websocket(socket: WebSocket):
    """Sends back each text message with the set that answered."""
    await socket.accept()
    try:
        while True:
            text = await socket.receive_text()
            await socket.send_json({"text": text, "service": "maestro-gateway", "set": SET})
    except WebSocketDisconnect:
        pass
