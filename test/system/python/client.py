"""A WebSocket client in Python that uses no code of ours: each subprotocol, a publish with its ack, a request with its reply.

Usage: client.py <ws url> <token> <descriptor set of schemas/>
Prints one JSON object with what it got.
"""

import asyncio
import json
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from websockets.asyncio.client import connect


def load_messages(path):
    files = descriptor_pb2.FileDescriptorSet.FromString(open(path, "rb").read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    find = pool.FindMessageTypeByName
    return [
        message_factory.GetMessageClass(find(f"openclaw.v1.{name}"))
        for name in ("ClientFrame", "ServerFrame")
    ]


async def speak_json(url, token):
    async with connect(url, subprotocols=["openclaw.v1.json"]) as ws:
        await ws.send(json.dumps({"hello": {"token": token, "client": {"name": "python"}}}))
        welcome = json.loads(await ws.recv())["welcome"]
        await ws.send('{"publish":{"id":"p1","route":"echo","payload":{"big":9007199254740993}}}')
        ack = json.loads(await ws.recv())["ack"]
        await ws.send('{"request":{"id":"r1","route":"echo","payload":{"big":9007199254740993}}}')
        reply = json.loads(await ws.recv())["reply"]
        return {"session": welcome["session"], "ack": ack, "reply": reply["payload"]}


async def speak_proto(url, token, client_frame, server_frame):
    async def send(**frame):
        await ws.send(client_frame(**frame).SerializeToString())

    async def receive():
        return server_frame.FromString(await ws.recv())

    async with connect(url, subprotocols=["openclaw.v1.proto"]) as ws:
        await send(hello={"token": token})
        assert (await receive()).WhichOneof("kind") == "welcome"
        body = {"route": "echo", "payload": b"\x00\xff", "content_type": "application/octet-stream"}
        await send(publish={"id": "p2", **body})
        ack = (await receive()).ack
        await send(request={"id": "r2", **body})
        reply = (await receive()).reply
        return {"ack": {"id": ack.id, "topic": ack.topic, "offset": ack.offset}, "reply": reply.payload.hex()}


async def speak_raw(url, token, names):
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(url + "/echo", subprotocols=names, additional_headers=headers) as ws:
        await ws.send('{"raw": 1}')
        return await ws.recv()


async def main(url, token, descriptors):
    client_frame, server_frame = load_messages(descriptors)
    print(
        json.dumps(
            {
                "json": await speak_json(url, token),
                "proto": await speak_proto(url, token, client_frame, server_frame),
                "raw": await speak_raw(url, token, ["openclaw.v1.raw"]),
                "bare": await speak_raw(url, token, None),
            }
        )
    )


asyncio.run(main(*sys.argv[1:]))
