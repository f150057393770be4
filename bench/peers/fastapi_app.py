"""The peer most people begin with: FastAPI, a plain list of connections, and a loop that sends to each."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


class Connections:
    def __init__(self) -> None:
        self.active: list[WebSocket] = []

    async def connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.active.append(websocket)

    def disconnect(self, websocket: WebSocket) -> None:
        self.active.remove(websocket)

    async def broadcast(self, message: str) -> None:
        for connection in self.active:
            await connection.send_text(message)


connections = Connections()


@app.websocket("/ws")
async def room(websocket: WebSocket) -> None:
    await connections.connect(websocket)
    try:
        while True:
            await connections.broadcast(await websocket.receive_text())
    except WebSocketDisconnect:
        connections.disconnect(websocket)
