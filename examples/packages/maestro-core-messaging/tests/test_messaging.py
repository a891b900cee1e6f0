import asyncio
from typing import Any

from maestro_core_messaging import InProcessBus, connect


def test_delivers_to_all_subscribers_even_if_one_fails() -> None:
    seen: list[dict[str, Any]] = []

    async def fail(_event: dict[str, Any]) -> None:
        raise RuntimeError

    async def keep(event: dict[str, Any]) -> None:
        seen.append(event)

    async def scenario() -> None:
        bus = connect(None)
        assert isinstance(bus, InProcessBus)
        bus.subscribe("jobs", fail)
        bus.subscribe("jobs", keep)
        await bus.publish("jobs", {"id": 1})
        await bus.publish("other", {"id": 2})
        await bus.close()
        await bus.publish("jobs", {"id": 3})

    asyncio.run(scenario())
    assert seen == [{"id": 1}]
