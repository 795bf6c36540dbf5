"""A WebSocket client in Python that offers permessage-deflate, as its library does by default, and listens to a channel.

Usage: compressed.py <ws url> <token> <channel> <how many messages>
Says "ready" on a line once it has subscribed, then one JSON object: the extensions agreed to, and the payloads that came.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect


async def main(url, token, channel, count):
    async with connect(url, subprotocols=["openclaw.v1.json"]) as ws:
        # This library compresses all that it sends.
        await ws.send(json.dumps({"hello": {"token": token, "client": {"name": "python"}}}))
        assert "welcome" in json.loads(await ws.recv())
        await ws.send(json.dumps({"subscribe": {"id": "s", "channel": channel}}))
        assert "subscribed" in json.loads(await ws.recv())
        print("ready", flush=True)
        payloads = [json.loads(await ws.recv())["message"]["payload"] for _ in range(int(count))]
        extensions = ws.response.headers.get("Sec-WebSocket-Extensions")
        print(json.dumps({"extensions": extensions, "payloads": payloads}))


asyncio.run(main(*sys.argv[1:]))
