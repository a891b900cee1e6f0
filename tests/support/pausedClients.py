"""Clients that post at an even pace by httpx, none of which tries again; prints what they got as JSON."""

import asyncio
import json
import sys
import time

import httpx

URL, PER_SECOND, SECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])


async def post(client, number, seen):
    body = f"order {number} " + "x" * 500
    begin = time.monotonic()
    try:
        headers = {"x-forwarded-for": f"198.51.100.{number % 250}", "x-order": str(number)}
        answer = await client.post(f"{URL}?order={number}", content=body, headers=headers)
        got = answer.json() if answer.status_code == 200 else {}
        whole = (
            got.get("method") == "POST"
            and got.get("body") == body
            and got.get("headers", {}).get("X-Order") == str(number)
            and got.get("url", "").endswith(f"?order={number}")
        )
        said = f"{answer.status_code}{'' if whole else ' spoilt'}"
        seen.append((said, answer.headers.get("x-maestro-set"), time.monotonic() - begin))
    except httpx.HTTPError as error:
        seen.append((repr(error), None, time.monotonic() - begin))


async def main():
    seen, tasks = [], []
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=50)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        begin = time.monotonic()
        for number in range(int(PER_SECOND * SECONDS)):
            await asyncio.sleep(max(0, begin + number / PER_SECOND - time.monotonic()))
            tasks.append(asyncio.create_task(post(client, number, seen)))
        await asyncio.gather(*tasks)
    said = {}
    for status, _, _ in seen:
        said[status] = said.get(status, 0) + 1
    waited = [seconds for _, _, seconds in seen if seconds > 1]
    print(json.dumps({"said": said, "waited": len(waited), "longest": max(s for _, _, s in seen)}))


asyncio.run(main())
