"""Work that outlasts an answer: begun once, queried how far it is, done again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from threading import Event

import pytest

from features.errors import LakeError
from features.progress import Progress
from serving.http.running.work import Works


def test_it_is_begun_once_and_shows_its_progress() -> None:
    go, begun = Event(), []

    def do(progress: Progress) -> str:
        begun.append(1)
        progress("rows", 3, 10)
        assert go.wait(10)
        return "done"

    async def requested() -> None:
        works = Works()
        first = await works.on("one", do, 0.2)
        second = await works.on("one", do, 0.01, again=True)
        assert first is second
        assert (second.is_done, second.done, second.total) == (False, 3, 10)
        go.set()
        ended = await works.on("one", do, 10)
        assert (ended.is_done, ended.result, len(begun)) == (True, "done", 1)
        assert (await works.on("one", do, 10)).result == "done"
        assert len(begun) == 1
        assert (await works.on("one", do, 10, again=True)).result == "done"
        assert len(begun) == 2

    asyncio.run(requested())


def test_what_it_raises_is_raised_and_the_next_try_begins_again() -> None:
    tries = []

    def do(_: Progress) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise LakeError("no file")
        return "found"

    async def requested() -> str:
        works = Works()
        with pytest.raises(LakeError, match="no file"):
            await works.on("one", do, 10)
        found: str = (await works.on("one", do, 10)).result
        return found

    assert asyncio.run(requested()) == "found"


def test_what_fails_when_no_one_waits_is_raised_to_the_next_caller() -> None:
    go, begun = Event(), []

    def do(_: Progress) -> str:
        begun.append(1)
        assert go.wait(10)
        raise LakeError("no file")

    async def requested() -> None:
        works = Works()
        late = await works.on("one", do, 0.01)
        go.set()
        assert late.task is not None
        await late.task
        for count in (1, 2):
            with pytest.raises(LakeError, match="no file"):
                await works.on("one", do, 10)
            assert len(begun) == count

    asyncio.run(requested())


def test_only_the_latest_results_are_kept() -> None:
    begun: list[str] = []

    def do(name: str, _: Progress) -> None:
        begun.append(name)

    async def requested() -> None:
        works = Works(kept=2)
        for name in ("a", "b", "c", "a"):
            await works.on(name, partial(do, name), 10)

    asyncio.run(requested())
    assert begun == ["a", "b", "c", "a"]


def test_what_is_requested_again_and_again_outlives_what_failed_and_what_was_left() -> None:
    begun: list[str] = []

    def do(name: str, _: Progress) -> None:
        begun.append(name)
        if name.startswith("bad"):
            raise LakeError("no file")

    async def requested() -> None:
        works = Works(kept=2)
        for name in ("a", "bad 1", "bad 2", "bad 3", "a", "b", "a", "c", "a"):
            with suppress(LakeError):
                await works.on(name, partial(do, name), 10)

    asyncio.run(requested())
    assert begun == ["a", "bad 1", "bad 2", "bad 3", "b", "c"]
