"""Servers that are not the one that somebody takes them for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

FOREIGN_ANSWERS = (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n")
"""Nothing for ever, and that of another kind of server."""


@contextmanager
def foreign_server(answer: bytes) -> Iterator[str]:
    """Listen on this machine, as ``host:port``, and say the same to whoever comes first."""
    ended = Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(answer)
            ended.wait()

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = Thread(target=serve, daemon=True)
        serving.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            ended.set()
            serving.join(10.0)
