"""What is done before requests need it: beside them, piece by piece, and no failure ends it."""

from __future__ import annotations

from threading import Event, current_thread, main_thread

import pytest

from features.errors import LakeError
from serving.http.running import warming
from serving.http.running.warming import Warming


def test_pieces_are_done_in_order_by_a_thread_whatever_one_says() -> None:
    done, ended = list[str](), Event()

    def fails() -> None:
        done.append("fails")
        raise LakeError("no night yet")

    def ends() -> None:
        done.append("ends")
        assert current_thread() is not main_thread()
        ended.set()

    with Warming([fails, ends], 0.0).running():
        assert ended.wait(10)
    assert done == ["fails", "ends"]


def test_pieces_are_done_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece is of the last night: another night is warmed too."""
    monkeypatch.setattr(warming, "LOOK_SECONDS", 0.01)
    times, thrice = list[int](), Event()

    def piece() -> None:
        times.append(1)
        if len(times) == 3:
            thrice.set()

    with Warming([piece], 0.0).running():
        assert thrice.wait(10)


def test_who_stops_at_once_waits_for_no_piece() -> None:
    done = list[int]()
    with Warming([lambda: done.append(1)]).running():
        pass
    assert done == []
