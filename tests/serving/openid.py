"""A small OpenID provider on loopback, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.serving.conftest import free_port


@contextmanager
def provider(*people: str) -> Iterator[str]:
    """Its address; each of the people, who sign in by their `sub`, is their claims as JSON."""
    port = free_port()
    users = [part for user in people for part in ("--user-claims", user)]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port),
         "--require-nonce", "true", *users],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address, pause = f"http://127.0.0.1:{port}", threading.Event()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/.well-known/openid-configuration").is_success:
                break
        except httpx.TransportError:
            pause.wait(0.1)
    yield address
    process.terminate()
    process.wait()
