"""How an answer leaves: good ones as they are or compressed, the others in one shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from anyio import to_thread
from starlette.responses import Response

from features.errors import LiukeError, RequestRefused
from serving.http.call import Call
from serving.http.wire.compression import MIN_BYTES, compressed
from serving.http.wire.request import Message, Request

Send = Callable[[Message], Awaitable[None]]

OWN_HEADERS = (b"server", b"x-bentoml-request-id", b"x-bentoml-trace-id")
NOSNIFF = (b"x-content-type-options", b"nosniff")  # what echoes a caller is never a page
NO_STORE = (b"cache-control", b"no-store")  # customers' data stay in no browser and no proxy


class Answer:
    """Lets good answers through, large ones compressed if `gzip`, and holds back the others.

    The others are those of status 400 and above, and those of which the audit has no row.
    """

    def __init__(self, send: Send, call: Call, gzip: bool) -> None:
        self.send, self.call, self.gzip = send, call, gzip
        self.started = False
        self.refused: int | None = None
        self._held: tuple[Message, bytearray] | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif self._held:
            await self._compress(message, *self._held)
        elif self.refused is None:
            await self.send(message)

    async def _start(self, message: Message) -> None:
        if message["status"] >= 400 and not self.call.is_page:
            self.refused = message["status"]
            return
        code = self.call.code if message["status"] >= 400 else ""  # a page says it with its form
        self.call.status, self.call.code = message["status"], code
        try:
            await self.call.record()
        except RequestRefused as error:
            self.call.refusal, self.refused = error, 503
            return
        headers = [own for own in message["headers"] if own[0] not in OWN_HEADERS]
        headers.append((b"x-request-id", self.call.id.encode()))
        named = dict(headers)
        if NOSNIFF[0] not in named:
            headers.append(NOSNIFF)
        if self.call.is_audited and NO_STORE[0] not in named:
            headers.append(NO_STORE)
        if int(named.get(b"content-length", b"0")) >= MIN_BYTES and not is_packed(named):
            headers.append((b"vary", b"accept-encoding"))
            if self.gzip and message["status"] == 200:
                self._held = ({**message, "headers": headers}, bytearray())
                return
        self.started = True
        await self.send({**message, "headers": headers})

    async def _compress(self, message: Message, start: Message, body: bytearray) -> None:
        body += message.get("body", b"")
        if message.get("more_body", False):
            return
        # In a thread: a megabyte takes as long as many small requests.
        small = await to_thread.run_sync(compressed, bytes(body))
        headers = [own for own in start["headers"] if own[0] != b"content-length"]
        headers += [
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(small)).encode()),
        ]
        self.started = True
        await self.send({**start, "headers": headers})
        await self.send({"type": "http.response.body", "body": small, "more_body": False})


def is_packed(headers: dict[bytes, bytes]) -> bool:
    """Whether the answer is compressed already, as fonts are by their format."""
    kind = headers.get(b"content-type", b"")
    return b"content-encoding" in headers or kind.startswith(b"font/")


async def send_page(page: Response, request: Request, call: Call, send: Send) -> None:
    """Send the page that a browser shows of a refusal."""
    named = dict(page.raw_headers)
    headers = [*page.raw_headers, (b"x-request-id", call.id.encode())]
    headers += [own for own in (NOSNIFF, NO_STORE) if own[0] not in named]
    await send({"type": "http.response.start", "status": page.status_code, "headers": headers})
    shown = b"" if request.method == "HEAD" else bytes(page.body)
    await send({"type": "http.response.body", "body": shown, "more_body": True})
    await request.drain()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def send_refusal(
    refusal: LiukeError, body: bytes, request: Request, call: Call, send: Send
) -> None:
    headers = [
        (b"x-request-id", call.id.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        NOSNIFF,
        NO_STORE,
    ]
    if refusal.code == "unauthorized":
        headers.append((b"www-authenticate", b"Bearer"))
    if "allow" in refusal.details:
        headers.append((b"allow", refusal.details["allow"].encode()))
    if "retry_after_seconds" in refusal.details:
        headers.append((b"retry-after", str(refusal.details["retry_after_seconds"]).encode()))
    if "accepted" in refusal.details:
        headers.append((b"accept-encoding", ", ".join(refusal.details["accepted"]).encode()))
    await send({"type": "http.response.start", "status": call.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await request.drain()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
