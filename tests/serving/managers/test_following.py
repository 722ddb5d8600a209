"""What becomes of a task, by whom: one way, once, and never graded by who did it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from features.errors import RequestRefused
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.managers.following import cancel, evaluate, finish, note
from serving.managers.tasks import DONE, IN_PROGRESS, LIVE, Actor, Task, find_task, notes_of
from tests.databases import first_update
from tests.serving.managers.desks import DESK, ISSUER, NOW, OTHER, SETTINGS, code_of, issued

ACTORS = {"issuer": ISSUER, "desk": DESK, "other": OTHER}
STEPS = st.lists(
    st.tuples(st.sampled_from(["note", "done", "cancel", "evaluate"]), st.sampled_from([*ACTORS])),
    max_size=8,
)
LATER = NOW + timedelta(days=1)


def step(connection: Connection, task: Task, what: str, actor: Actor) -> Task:
    match what:
        case "note":
            return note(connection, task.id, "Seen", actor, LATER)
        case "done":
            return finish(connection, task.id, "settled", None, actor, SETTINGS, LATER)
        case "cancel":
            return cancel(connection, task.id, "No need", actor, LATER)
        case _:
            return evaluate(connection, task.id, 4, "Quick", actor, SETTINGS, LATER)


def refusal(task: Task, what: str, actor: Actor) -> str | None:
    """Why this step must be refused, by what the page says; null where it must not."""
    if what != "evaluate":
        return None if task.state in LIVE else "conflict"
    if actor.name != task.issuer or actor.name in (task.manager_id, task.ended_by):
        return "forbidden"
    return None if task.state == DONE and task.grade is None else "conflict"


@dataclass
class Past:
    """What has happened to a task, to compare with."""

    states: list[str] = field(default_factory=list)
    ends: int = 0
    grades: int = 0


def test_a_note_that_is_sent_twice_is_written_once(store: Engine) -> None:
    """By its key alone: the same words at the same moment are another note with another one."""
    with store.begin() as connection:
        task = issued(connection)
        for once in ("a", "a", "b", "b", None, None):
            assert note(connection, task.id, "I call", DESK, LATER, once).state == IN_PROGRESS
        assert [own.text for own in notes_of(connection, task.id)] == ["I call"] * 4


def test_a_key_has_one_note_whose_words_stay(store: Engine) -> None:
    with store.begin() as connection:
        task = issued(connection)
        note(connection, task.id, "I call", DESK, LATER, "a")
        with pytest.raises(RequestRefused, match="use a new key") as refused:
            note(connection, task.id, "I write", DESK, LATER, "a")
        assert code_of(refused) == "conflict"
        ended = finish(connection, task.id, "saved", None, DESK, SETTINGS, LATER)
        assert note(connection, task.id, "I call", DESK, LATER, "a") == ended
        with pytest.raises(RequestRefused, match="the task is done"):
            note(connection, task.id, "I call", DESK, LATER, "b")
        assert [own.text for own in notes_of(connection, task.id)] == ["I call"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_task_goes_one_way_whatever_is_tried(store: Engine, steps: list[tuple[str, str]]) -> None:
    with store.connect() as connection, connection.begin() as transaction:
        task, past = issued(connection), Past()
        for what, who in steps:
            expected = refusal(task, what, ACTORS[who])
            if expected is None:
                task = step(connection, task, what, ACTORS[who])
                past.ends += what in ("done", "cancel")
                past.grades += what == "evaluate"
            else:
                with pytest.raises(RequestRefused) as refused:
                    step(connection, task, what, ACTORS[who])
                assert code_of(refused) == expected
                assert find_task(connection, task.id) == task, "a refused step changes nothing"
            past.states.append(task.state)
            check(task, past)
        transaction.rollback()


def check(task: Task, past: Past) -> None:
    """No way back from an end, no grade before it is done, and none by who did it."""
    order = ["open", "in_progress", "done", "cancelled"]
    places = [order.index(state) for state in past.states]
    assert places == sorted(places), past.states
    assert past.ends <= 1
    assert past.grades <= 1
    assert (task.ended_at is not None) == (task.state not in LIVE) == (past.ends == 1)
    assert (task.grade is not None) == (past.grades == 1)
    if task.grade is not None:
        assert task.state == DONE
        assert task.issuer not in (task.manager_id, task.ended_by)
        assert task.evaluated_at >= task.ended_at  # type: ignore[operator]


def test_the_first_note_of_the_desk_begins_and_another_does_not(store: Engine) -> None:
    with store.begin() as connection:
        task = issued(connection)
        assert note(connection, task.id, "Is it begun?", ISSUER, NOW).state == "open"
        begun = note(connection, task.id, "Visit agreed", DESK, LATER)
        assert (begun.state, begun.ended_at) == ("in_progress", None)
        found = notes_of(connection, task.id)
    assert [(own.author, own.text) for own in found] == [
        ("li.na", "Is it begun?"), ("M1", "Visit agreed"),
    ]  # fmt: skip


def test_an_end_keeps_when_by_whom_and_with_what(store: Engine) -> None:
    with store.begin() as connection:
        done = issued(connection)
        ended = finish(connection, done.id, "saved", "Stays a year", DESK, SETTINGS, LATER)
        assert (ended.state, ended.outcome) == ("done", "saved")
        assert (ended.ended_at, ended.ended_by) == (LATER, "M1")
        assert [own.text for own in notes_of(connection, done.id)] == ["Stays a year"]
        other = issued(connection)
        cancelled = cancel(connection, other.id, "Moved away", ISSUER, LATER)
        assert (cancelled.state, cancelled.outcome) == ("cancelled", None)
        assert [own.text for own in notes_of(connection, other.id)] == ["Moved away"]


def test_an_outcome_outside_the_list_and_a_grade_outside_the_bounds_are_refused(
    store: Engine,
) -> None:
    with store.begin() as connection:
        task = issued(connection)
        with pytest.raises(RequestRefused, match="outcome is 'fine'; expected one of saved"):
            finish(connection, task.id, "fine", None, DESK, SETTINGS, NOW)
        finish(connection, task.id, "saved", None, DESK, SETTINGS, NOW)
        for grade in (0, 6):
            with pytest.raises(RequestRefused, match=f"grade is {grade}; expected 1 to 5"):
                evaluate(connection, task.id, grade, "Why", ISSUER, SETTINGS, NOW)
        with pytest.raises(RequestRefused, match="reason has 1 characters"):
            evaluate(connection, task.id, 4, " ", ISSUER, SETTINGS, NOW)
        assert find_task(connection, task.id).grade is None


def test_who_issued_a_task_and_did_it_does_not_grade_it(store: Engine) -> None:
    with store.begin() as connection:
        task = issued(connection)
        finish(connection, task.id, "saved", None, ISSUER, SETTINGS, NOW)
        with pytest.raises(RequestRefused, match="a manager evaluates no task of their own") as no:
            evaluate(connection, task.id, 5, "Good", ISSUER, SETTINGS, NOW)
    assert code_of(no) == "forbidden"


def test_of_two_who_end_a_task_at_one_moment_one_is_refused(store: Engine) -> None:
    """The database decides: each in a transaction with its row of the audit, as commands do."""
    with store.begin() as connection:
        task = issued(connection)
    ends: list[str] = []

    def end(what: str, actor: Actor) -> None:
        entry = Entry("r1", "COMMAND", f"liuke task {what}", 200, "", actor.caller)
        try:
            record_now(store, entry, LATER, lambda own: step(own, task, what, actor))
            ends.append(what)
        except RequestRefused as refused:
            ends.append(refused.code)

    threads = [
        Thread(target=end, args=(what, actor))
        for what, actor in (("done", DESK), ("cancel", ISSUER), ("done", OTHER), ("cancel", OTHER))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("conflict") == 3


def test_a_note_of_another_does_not_undo_that_the_desk_began(store: Engine) -> None:
    """The desk's first note comes between the other's look at the task and their own note."""
    with store.begin() as connection:
        task = issued(connection)
    with first_update(store) as then, store.connect() as connection, connection.begin():
        then.append(lambda other: note(other, task.id, "I call", DESK, LATER))
        assert note(connection, task.id, "Soon, please", ISSUER, LATER).state == IN_PROGRESS
    with store.connect() as connection:
        assert find_task(connection, task.id).state == IN_PROGRESS
        assert {own.text for own in notes_of(connection, task.id)} == {"I call", "Soon, please"}
