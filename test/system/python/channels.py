"""A WebSocket client in Python that uses no code of ours and knows nothing of channels: a wire with a program at its other end.

Usage: channels.py <ws url>
A line of stdin is a frame to send, or `open`, or `close`. What is heard is printed, a frame a line; `{"closed":{}}` after a close.
"""

import asyncio
import sys

from websockets.asyncio.client import connect


async def hear(ws):
    async for frame in ws:
        print(frame, flush=True)
    print('{"closed":{}}', flush=True)


async def main(url):
    ws = None
    hearing = None
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if line == "open":
            ws = await connect(url, subprotocols=["openclaw.v1.json"])
            hearing = asyncio.create_task(hear(ws))
        elif line == "close":
            await ws.close(1001)
            await hearing
        else:
            await ws.send(line)


asyncio.run(main(sys.argv[1]))
