import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from features.errors import OutputError, SettingsError
from serving.access.keys import new_key, verify
from serving.database import MIGRATIONS, open_engine, upgrade
from serving.database.tables import metadata
from tests.databases import KINDS, new_database

NOW = datetime(2026, 3, 2, 9)


Open = Callable[..., Engine]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens engines, on the test's home if nothing else is said, and closes them afterwards."""
    engines: list[Engine] = []

    def open_one(home: Path = tmp_path, url: str = "") -> Engine:
        engines.append(open_engine(home, url))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.dispose()


@pytest.fixture
def engine(opened: Open) -> Engine:
    return opened()


def test_the_database_lies_in_the_home(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    assert (tmp_path / "liuke.sqlite").exists()


def test_the_steps_lead_to_the_tables_that_the_program_uses(store: Engine) -> None:
    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_secret_is_found_by_an_index(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        plan = connection.execute(
            text("explain query plan select id from keys where secret_sha256 = 'x'")
        ).all()
    assert "USING INDEX" in str(plan)


def test_the_steps_are_numbered_in_their_order() -> None:
    steps = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())
    numbers = [step.revision for step in reversed(steps)]
    assert numbers == [f"{number:04d}" for number in range(1, len(steps) + 1)]
    assert all(Path(step.path).name.startswith(f"{step.revision}_") for step in steps)


def test_upgrading_again_changes_nothing(store: Engine) -> None:
    key = new_key(store, "store", NOW)
    upgrade(store)
    assert verify(store, key.secret, NOW).id == key.id


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, opened: Open) -> Iterator[Engine]:
    """A database of either kind without tables."""
    if request.param == "sqlite":
        yield opened()
        return
    with new_database(request.getfixturevalue("postgres_server"), "template1") as url:
        engine = opened(url=url)
        yield engine
        engine.dispose()


def test_exports_of_before_have_numbers_where_their_names_said_so(empty: Engine) -> None:
    upgrade(empty, "0006")
    columns = "id, state, purpose, owner, requested_by, request, created_at, expires_at, seed"
    about = "id, campaign_id, at, requested_by, recipient, purpose, expires_at, sha256, state"
    with empty.begin() as connection:
        connection.execute(
            text(
                f"insert into campaigns ({columns}) values "
                "('K', 'ready', 'retention', 'lin', 'lin', '{}', '2026-03-02', '2026-04-02', 1)"
            )
        )
        for own in ("list-12345678.csv", "list-12345678-phones.xlsx"):
            connection.execute(
                text(
                    f"insert into exports ({about}, file, rows, watermark_key) values (:file, 'K', "
                    "'2026-03-02', 'lin', 'c', 'retention', '2026-04-02', '', 'waiting', :file, "
                    "1, :key)"
                ),
                {"file": own, "key": b"0"},
            )
    upgrade(empty)
    with empty.connect() as connection:
        found = connection.execute(text("select file, phones from exports")).all()
    assert {row.file: bool(row.phones) for row in found} == {
        "list-12345678.csv": False, "list-12345678-phones.xlsx": True,
    }  # fmt: skip


def test_a_step_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table keys (stranger text)"))
    with pytest.raises(OutputError, match="table keys already exists"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["keys"]


def test_two_programs_may_upgrade_at_once(opened: Open) -> None:
    failures = []

    def start() -> None:
        try:
            upgrade(opened())
        except OutputError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_new_file_waits_for_another_programs_transaction(opened: Open) -> None:
    engine = opened()
    path = str(engine.url.database)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        end = threading.Timer(0.2, other.execute, ("COMMIT",))
        end.start()
        upgrade(engine)
        end.join()
    assert inspect(engine).has_table("keys")


def test_a_file_that_may_only_be_read_is_refused(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("create table stranger (text)")
    with pytest.raises(OutputError, match="cannot be opened or written: attempt to write"):
        upgrade(opened(url=f"sqlite:///file:{path}?mode=ro&uri=true"))


def test_two_programs_may_write_at_once(opened: Open) -> None:
    upgrade(opened())
    made: list[str] = []

    def write() -> None:
        engine = opened()
        made.extend(new_key(engine, "store", NOW).id for _ in range(20))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 80


def test_a_database_of_a_newer_program_is_left_alone(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(OutputError, match=r"does not know: .*9999"):
        upgrade(engine)


def test_a_file_that_is_not_a_database_is_named(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "liuke.sqlite").write_text("no database" * 1000)
    with pytest.raises(OutputError, match=r"liuke\.sqlite cannot be opened or written: file is"):
        upgrade(opened())


def test_a_home_that_does_not_exist_is_named(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be opened"):
        upgrade(opened(tmp_path / "nowhere"))


def test_a_home_with_a_percent_sign_works(opened: Open, tmp_path: Path) -> None:
    home = tmp_path / "100% 家"
    home.mkdir()
    upgrade(opened(home))
    assert (home / "liuke.sqlite").exists()


@pytest.mark.parametrize("url", ["nonsense", "mystery://host/db"])
def test_a_wrong_database_url_says_what_to_write(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="postgresql\\+psycopg://host/liuke"):
        open_engine(tmp_path, url)


def test_a_password_in_the_url_is_not_said(opened: Open, tmp_path: Path) -> None:
    url = f"sqlite://user:geheim@/{tmp_path}/nowhere/x.sqlite"
    with pytest.raises((OutputError, SettingsError)) as refusal:
        upgrade(opened(tmp_path, url))
    assert "geheim" not in str(refusal.value)


def test_a_database_whose_fifth_step_followed_the_third_gets_the_fourth(empty: Engine) -> None:
    upgrade(empty, "0003")
    fifth = ScriptDirectory(str(MIGRATIONS)).get_revision("0005")
    assert fifth is not None
    with empty.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            fifth.module.upgrade()
        connection.execute(text("update alembic_version set version_num = '0005'"))
    assert not inspect(empty).has_table("campaigns")
    upgrade(empty)
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
