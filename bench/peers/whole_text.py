"""The peer that sends a reply again and again: every 150 ms all of it so far, to every socket, as Open WebUI does.

Nobody is signed in, nothing is stored or rendered. Whatever a socket says is the question; the model's server is asked
at MODEL_URL. `/ws/rooms/<name>/` is a room. The frames have the shape that the load client reads.
"""

import asyncio
import json
import os
from itertools import count
from urllib.parse import urlsplit

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD_SECONDS = 0.15
app = FastAPI()
rooms: dict[str, list[WebSocket]] = {}
numbers = count(1)
writing: set[asyncio.Task[None]] = set()


@app.websocket("/ws/rooms/{name}/")
async def room(websocket: WebSocket, name: str) -> None:
    await websocket.accept(subprotocol=next(iter(websocket.scope["subprotocols"]), None))
    rooms.setdefault(name, []).append(websocket)
    try:
        while True:
            asked = json.loads(await websocket.receive_text())["text"]
            for _ in range(max(1, asked.count("@"))):
                task = asyncio.create_task(write(name, next(numbers), asked))
                writing.add(task)
                task.add_done_callback(writing.discard)
    except WebSocketDisconnect:
        rooms[name].remove(websocket)


async def write(name: str, message: int, question: str) -> None:
    text, sent, due = "", "", 0.0
    loop = asyncio.get_running_loop()
    async for delta in stream(question):
        text += delta
        if loop.time() >= due:
            sent, due = text, loop.time() + PERIOD_SECONDS
            await tell(name, {"type": "token", "message": message, "content": text})
    if sent != text:
        await tell(name, {"type": "token", "message": message, "content": text})
    await tell(name, {"type": "control", "action": "end", "message": message})


async def tell(name: str, event: dict) -> None:
    frame = json.dumps(event, separators=(",", ":"))
    for websocket in list(rooms[name]):
        await websocket.send_text(frame)


async def stream(question: str):
    """What the model says, by the plainest client there is."""
    address = urlsplit(os.environ["MODEL_URL"])
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": question}]}).encode()
    head = f"POST {address.path}/chat/completions HTTP/1.1\r\nHost: model\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    try:
        async for line in reader:
            if line.startswith(b"data: [DONE]"):
                return
            if line.startswith(b"data: ") and (choices := json.loads(line[6:])["choices"]):
                yield choices[0]["delta"].get("content") or ""
    finally:
        writer.close()
