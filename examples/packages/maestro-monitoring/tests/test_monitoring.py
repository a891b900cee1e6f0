import asyncio
from typing import Any

from prometheus_client import CollectorRegistry

from maestro_monitoring import HttpMetrics, render


def test_counts_answers_by_method_and_status() -> None:
    registry = CollectorRegistry()
    metrics = HttpMetrics(registry)

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404})
        await send({"type": "http.response.body"})

    async def receive() -> Any:
        return {}

    async def send(_message: Any) -> None:
        pass

    asyncio.run(metrics.observe(app, {"method": "GET"}, receive, send))
    text = render(registry).decode()
    assert 'http_requests_total{method="GET",status="404"} 1.0' in text
    assert "http_requests_in_flight 0.0" in text
