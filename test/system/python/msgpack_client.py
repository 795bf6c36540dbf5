"""A WebSocket client in Python with the msgpack package and no code of ours: a publish with its ack, a request with its reply, a refusal.

Usage: msgpack_client.py <ws url> <token>
Prints one JSON object with what it got.
"""

import asyncio
import json
import sys

import msgpack
from websockets.asyncio.client import connect


async def speak(url, token):
    async def send(frame):
        await ws.send(msgpack.packb(frame))

    async def receive():
        return msgpack.unpackb(await ws.recv(), strict_map_key=True)

    async with connect(url, subprotocols=["openclaw.v1.msgpack"]) as ws:
        await send({"hello": {"token": token}})
        welcome = (await receive())["welcome"]
        body = {"big": 9007199254740993, "list": [1, 2.5, None, True], "text": "grün"}
        await send({"publish": {"id": "p1", "route": "echo", "payload": body, "sequence": 2**64 - 1}})
        ack = (await receive())["ack"]
        await send({"request": {"id": "r1", "route": "echo", "payload": body}})
        reply = (await receive())["reply"]
        await send({"request": {"id": "r2", "route": "echo", "payload": b"\x00\xff"}})
        binary = (await receive())["reply"]
        await send({"publish": {"id": "p2", "route": "chat", "payload": {"room": "a", "text": ""}}})
        refusal = (await receive())["refusal"]
        await send({"publish": {"id": "p3", "route": "chat", "payload": {"room": "a", "text": "hi", "number": 2**63}}})
        taken = (await receive())["ack"]
        return {
            "session": welcome["session"],
            "ack": ack,
            "same": reply["payload"] == body,
            "binary": binary["payload"].hex(),
            "refusal": refusal,
            "taken": taken,
        }


print(json.dumps(asyncio.run(speak(sys.argv[1], sys.argv[2]))))
