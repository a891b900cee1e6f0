"""A foreign service for the edge's tests: answers with the request as it arrived, byte for byte.

It ignores `Connection: close`, as some servers do, so a connection that the edge keeps would show. The query asks for
misbehavior: `die=<address>` (hang up unanswered, on the replica of that address), `sleep=<seconds>`, `fill=<bytes>`,
`location=<url>`, `header=<name>:<value>`.
"""

import asyncio
import json
import os
from urllib.parse import parse_qs, urlsplit


async def serve(reader, writer):
    requests = 0
    address, port = writer.get_extra_info("sockname")[0], writer.get_extra_info("peername")[1]
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
            requests += 1
            line, *lines = head[:-4].split("\r\n")
            method, target, _ = line.split(" ", 2)
            headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
            body, received, length = b"", 0, int(headers.get("content-length", 0))
            while received < length and (part := await reader.read(min(65536, length - received))):
                received += len(part)
                body += part[: 1000 - len(body)]
            query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            if query.get("die") in (address, "all"):
                return
            await asyncio.sleep(float(query.get("sleep", 0)))
            answer = {
                "method": method,
                "target": target,
                "headers": headers,
                "body": body.decode("latin-1"),
                "bytes": received,
                "connection": f"{address}:{port}",
                "requests": requests,
                "address": address,
                "set": os.environ.get("MAESTRO_SET", ""),
                "fill": "x" * int(query.get("fill", 0)),
            }
            content = json.dumps(answer).encode()
            status = "302 Found" if "location" in query else "200 OK"
            more = f"Location: {query['location']}\r\n" if "location" in query else ""
            more += query["header"].replace(":", ": ", 1) + "\r\n" if "header" in query else ""
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{more}"
                f"Content-Length: {len(content)}\r\n\r\n".encode() + content
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(serve, "0.0.0.0", 8000) as server:
        await server.serve_forever()


asyncio.run(main())
