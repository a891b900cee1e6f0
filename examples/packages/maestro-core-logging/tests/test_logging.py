import asyncio
import io
import json
import logging
from typing import Any

import pytest

from maestro_core_logging import RequestIdMiddleware, configure, request_id


def test_writes_one_json_object_a_line() -> None:
    stream = io.StringIO()
    configure("orders", stream=stream)
    logging.getLogger("x").warning("two\nlines %d", 1, extra={"order": 7})
    entry = json.loads(stream.getvalue())
    assert entry["message"] == "two\nlines 1"
    assert (entry["level"], entry["service"], entry["order"]) == ("warning", "orders", 7)
    assert "requestId" not in entry


@pytest.mark.parametrize("given, kept", [(b"abc-1", True), (b"a b\n", False), (b"x" * 65, False)])
def test_takes_a_sound_request_id_and_makes_one_otherwise(given: bytes, kept: bool) -> None:
    seen: list[str] = []
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        seen.append(request_id.get())
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Any:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"x-request-id", given)]}
    asyncio.run(RequestIdMiddleware(app)(scope, receive, send))
    assert (seen[0] == given.decode()) is kept
    assert sent[0]["headers"] == [(b"x-request-id", seen[0].encode())]
    assert request_id.get() == ""
