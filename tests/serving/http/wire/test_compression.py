"""gzip in and out, without a server."""

from __future__ import annotations

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import RequestRefused
from serving.http.wire.compression import (
    MAX_MEMBERS,
    TooLargeError,
    accepts_gzip,
    compressed,
    decompressed,
    encoding_of,
)

LIMIT = 1000


def header(name: bytes, *values: bytes) -> list[tuple[bytes, bytes]]:
    return [(name, value) for value in values]


@given(st.binary(max_size=LIMIT), st.integers(0, 9))
def test_what_was_compressed_comes_back(content: bytes, level: int) -> None:
    assert decompressed(gzip.compress(content, level), LIMIT) == content
    assert decompressed(compressed(content), LIMIT) == content


@given(st.binary(max_size=3 * LIMIT))
def test_no_bytes_do_anything_but_decompress_or_be_refused(body: bytes) -> None:
    with contextlib.suppress(RequestRefused, TooLargeError):
        assert len(decompressed(body, LIMIT)) <= LIMIT


@pytest.mark.parametrize("size", [LIMIT + 1, 100_000_000])
def test_a_content_over_the_limit_is_refused(size: int) -> None:
    with pytest.raises(TooLargeError):
        decompressed(gzip.compress(bytes(size)), LIMIT)


def test_a_content_of_several_parts_counts_as_one() -> None:
    part = gzip.compress(b"x" * (LIMIT // 2))
    assert decompressed(part * 2, LIMIT) == b"x" * LIMIT
    with pytest.raises(TooLargeError):
        decompressed(part * 3, LIMIT)
    with pytest.raises(RequestRefused, match="more than 64 parts"):
        decompressed(gzip.compress(b"") * (MAX_MEMBERS + 1), LIMIT)


def test_zeros_after_the_content_are_passed_over() -> None:
    assert decompressed(gzip.compress(b"x") + bytes(400), LIMIT) == b"x"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "cut off"),
        (b"{}", "incorrect header check"),
        (gzip.compress(b"x" * 500)[:-1], "cut off"),
        (gzip.compress(b"x") + b"y", "cut off|incorrect header"),
        (zlib.compress(b"x"), "incorrect header check"),
    ],
    ids=["empty", "plain", "cut off", "more after it", "zlib"],
)
def test_what_is_not_gzip_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(RequestRefused, match=message) as refusal:
        decompressed(body, LIMIT)
    assert refusal.value.code == "malformed_gzip"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((), ""), ((b"",), ""), ((b"identity",), ""), ((b"gzip",), "gzip"), ((b" GZip ",), "gzip"),
        ((b"x-gzip",), "gzip"), ((b"identity, gzip",), "gzip"), ((b"identity", b"gzip"), "gzip"),
    ],
)  # fmt: skip
def test_encodings_that_are_read(values: tuple[bytes, ...], found: str) -> None:
    assert encoding_of(header(b"content-encoding", *values)) == found


@pytest.mark.parametrize("values", [(b"br",), (b"deflate",), (b"gzip, gzip",), (b"gzip", b"br")])
def test_another_encoding_is_refused(values: tuple[bytes, ...]) -> None:
    with pytest.raises(RequestRefused, match="send the body as gzip") as refusal:
        encoding_of(header(b"content-encoding", *values))
    assert refusal.value.code == "wrong_content_encoding"


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (b"gzip", True), (b"br, gzip;q=0.5", True), (b"*", True), (b"GZIP;q=1.0", True),
        (b"", False), (b"br", False), (b"gzip;q=0", False), (b"gzip; q=0.00", False),
        (b"*;q=0", False), (b"gzip;q=0, *", False), (b"x-gzip", True),
    ],
)  # fmt: skip
def test_who_accepts_gzip(value: bytes, accepted: bool) -> None:
    assert accepts_gzip(header(b"accept-encoding", value)) is accepted
