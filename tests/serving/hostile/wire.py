"""Bytes to the server as they stand, and what comes back until it closes or is silent."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import httpx

from tests.serving.conftest import Server

SILENCE_SECONDS = 0.4


@dataclass(frozen=True)
class Back:
    """All that came: the answers begin at each status line."""

    content: bytes

    @property
    def statuses(self) -> list[int]:
        lines = self.content.split(b"HTTP/1.1 ")[1:]
        return [int(own[:3]) for own in lines]


def exchange(server: Server, *parts: bytes, seconds: float = 10.0) -> Back:
    """Send the parts, one after the other, and read until the end or until nothing comes."""
    url, found = httpx.URL(server.url), bytearray()
    with socket.create_connection((url.host, url.port or 80), timeout=seconds) as connection:
        for part in parts:
            connection.sendall(part)
        try:
            while part := connection.recv(65536):
                found += part
                connection.settimeout(SILENCE_SECONDS)
        except (TimeoutError, ConnectionResetError):
            pass
    return Back(bytes(found))


def head(line: str, *headers: str) -> bytes:
    """A request's head with a Host and these lines."""
    return "\r\n".join((line, "Host: liuke", *headers, "", "")).encode("latin-1")
