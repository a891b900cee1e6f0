"""Events between services: at most once, in the process or over Redis; the request's id travels along."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from maestro_core_logging import request_id

__all__ = ["Bus", "InProcessBus", "RedisBus", "connect"]

Handler = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


class Bus(Protocol):
    """Where events go and come from."""

    async def publish(self, topic: str, event: dict[str, Any]) -> None:
        """Tells all who subscribed to the topic."""

    def subscribe(self, topic: str, handler: Handler) -> None:
        """Calls `handler` for each event from now on; an error of it is logged and ends nothing else."""

    async def close(self) -> None:
        """Lets go of connections and tasks."""


class InProcessBus:
    """Events within one process: for tests and for services that run alone."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = defaultdict(list)

    async def publish(self, topic: str, event: dict[str, Any]) -> None:
        for handler in self._handlers[topic]:
            await _deliver(topic, handler, event)

    def subscribe(self, topic: str, handler: Handler) -> None:
        self._handlers[topic].append(handler)

    async def close(self) -> None:
        self._handlers.clear()


class RedisBus:
    """Events over Redis' publish/subscribe."""

    def __init__(self, url: str) -> None:
        from redis.asyncio import Redis

        self._redis: Any = Redis.from_url(url)
        self._tasks: list[asyncio.Task[None]] = []

    async def publish(self, topic: str, event: dict[str, Any]) -> None:
        await self._redis.publish(topic, json.dumps({"id": request_id.get(), "event": event}))

    def subscribe(self, topic: str, handler: Handler) -> None:
        self._tasks.append(asyncio.create_task(self._listen(topic, handler)))

    async def _listen(self, topic: str, handler: Handler) -> None:
        subscription = self._redis.pubsub()
        await subscription.subscribe(topic)
        async for message in subscription.listen():
            if message["type"] == "message":
                envelope = json.loads(message["data"])
                request_id.set(envelope["id"])
                await _deliver(topic, handler, envelope["event"])

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._redis.aclose()


async def _deliver(topic: str, handler: Handler, event: dict[str, Any]) -> None:
    try:
        await handler(event)
    except Exception:
        log.exception("an event's handler failed", extra={"topic": topic})


def connect(url: str | None) -> Bus:
    """A bus over Redis where an address is given, else within this process."""
    return RedisBus(url) if url else InProcessBus()
