"""Everything is destroyed and comes back, on both databases, and from one to the other."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from features.disk.erased import remember_erased
from features.disk.secrets import made_secrets, secrets_path
from features.errors import BackupRefused, OutputError
from features.home import Home
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.audit.verification import verify
from serving.backup.archive import Writer, writing_archive
from serving.backup.backup import BackedUp, back_up
from serving.backup.restore import Restored, restore
from serving.customers.phones.files import import_phones
from serving.customers.phones.phones import find
from serving.customers.rights.objections import record_objection
from serving.database import open_engine, upgrade
from serving.database.tables import audit, contacts, objections, phones
from tests.conftest import set_home
from tests.databases import new_database
from tests.serving.customers.phones.conftest import CHINA

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456)
PASSPHRASE = "a passphrase of the test"
FILES = {
    "latest.sqlite": b"rows",
    "counter.sqlite": b"bills",
    "lake/scores/2026-03-02-1.parquet": b"scores",
    "lake/topics/1.json": b"{}",
    "models/champion.json": b"{}",
    "models/1/churn.txt": b"tree",
    "tables/shops/current.json": b"{}",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def full(home: Path, database_url: str) -> Iterator[Engine]:
    """A home with files, and rows in its database."""
    for name, content in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    set_home(home, "serving", f'language = "zh"\ndatabase_url = "{database_url}"\n')
    (home / "lake" / "feeds").mkdir()
    (home / "lake" / "feeds" / "part.parquet").write_bytes(b"feed")
    engine = open_engine(home, database_url)
    upgrade(engine)
    file = home.with_name("phones.csv")
    file.write_text("customer_id,phone\nC1,15400000001\n", "utf-8")
    import_phones(home, engine, file, CHINA, NOW)
    object_to(engine, "C1")
    yield engine
    engine.dispose()


def object_to(engine: Engine, customer_id: str) -> None:
    entry = Entry("r", "POST", "/objections", 200, "", subjects=(customer_id,))
    record_now(
        engine, entry, NOW,
        lambda connection: record_objection(connection, customer_id, "key", NOW),
    )  # fmt: skip


def backed_up(home: Path, engine: Engine, **options: bool | str) -> BackedUp:
    return back_up(home, engine, home.with_name("liuke.tar.gz"), NOW, **options)  # type: ignore[arg-type]


def destroy(home: Path, engine: Engine) -> None:
    """All files, and all rows of a database elsewhere."""
    if engine.dialect.name == "postgresql":
        from serving.database.tables import metadata

        with engine.begin() as connection:
            metadata.drop_all(connection)
            connection.exec_driver_sql("drop table alembic_version")
    engine.dispose()
    shutil.rmtree(home)


def check(home: Path, url: str) -> None:
    """That all of `full` is there and works."""
    for name, content in FILES.items():
        assert (home / name).read_bytes() == content
    engine = open_engine(home, url)
    try:
        with engine.connect() as connection:
            assert find(connection, "+8615400000001", made_secrets(home)) == "C1"
            row = connection.execute(select(objections)).one()
            assert (row.customer_id, row.recorded_at, row.withdrawn_at) == ("C1", NOW, None)
        assert verify(engine).broken is None
        assert verify(engine).rows == 1
        object_to(engine, "C2")  # new numbers go on after those that were loaded
        assert verify(engine).rows == 2
    finally:
        engine.dispose()


def test_after_everything_is_destroyed_everything_comes_back(
    full: Engine, home: Path, database_url: str
) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    assert made.secrets == "sealed"
    destroy(home, full)
    found = restore(Path(made.file), home, passphrase=PASSPHRASE, sha256=made.sha256)
    assert (found.rows, found.files, found.secrets) == (made.rows, made.files, "restored")
    assert found.pseudonyms == "none", "there were none yet"
    check(home, database_url)
    assert 'language = "zh"' in Home(home).settings("serving").read_text("utf-8")
    assert [path.name for path in home.parent.glob(".*")] == []


def test_from_either_database_to_the_other(
    full: Engine, home: Path, database_url: str, postgres_server: str
) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    with new_database(postgres_server) as postgres:
        other = "" if database_url else postgres
        restore(Path(made.file), home.with_name("other"), passphrase=PASSPHRASE, database_url=other)
        check(home.with_name("other"), other)


def test_writers_at_work_leave_it_consistent(full: Engine, home: Path) -> None:
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            object_to(full, f"W{len(written)}")
            written.append(1)

    thread = threading.Thread(target=write)
    thread.start()
    while len(written) < 5:
        threading.Event().wait(0.01)
    made = backed_up(home, full, passphrase=PASSPHRASE)
    stop.set()
    thread.join()
    other = home.with_name("other")
    restore(Path(made.file), other, passphrase=PASSPHRASE, database_url="")
    engine = open_engine(other)
    with engine.connect() as connection:
        rows, of_audit = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (objections, audit)
        )
    assert rows == of_audit
    assert 6 <= rows <= len(written) + 1
    assert verify(engine).broken is None
    engine.dispose()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def without_its_end(file: Path) -> None:
    """A file whose last members are missing, but which is a whole tar."""

    def keep(members: list[tarfile.TarInfo]) -> list[tarfile.TarInfo]:
        return members[:-1]

    rewrite(file, keep)


def without_a_member(file: Path) -> None:
    rewrite(file, lambda members: [*members[:2], *members[3:]])


def with_a_member_more(file: Path) -> None:
    rewrite(file, lambda members: [*members[:2], members[1], *members[2:]])


def flipped(file: Path) -> None:
    with gzip.open(file) as packed:
        content = bytearray(packed.read())
    place = content.index(b"scores", content.index(b"home/lake/scores") + 512)
    content[place] ^= 1
    with gzip.open(file, "wb") as packed:
        packed.write(content)


def replaced(file: Path) -> None:
    file.write_bytes(b"not a backup")


def rewrite(file: Path, keep: Callable[[list[tarfile.TarInfo]], list[tarfile.TarInfo]]) -> None:
    other = file.with_name("other.tar.gz")
    with tarfile.open(file) as old, tarfile.open(other, "w:gz") as new:
        for member in keep(old.getmembers()):
            new.addfile(member, old.extractfile(member))
    other.replace(file)


@pytest.mark.parametrize(
    "damage",
    [cut, without_its_end, without_a_member, with_a_member_more, flipped, replaced],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_backup_is_refused_before_anything_changes(
    full: Engine, home: Path, damage: Callable[[Path], None]
) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    damage(Path(made.file))
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    with pytest.raises(BackupRefused, match="Nothing was changed"):
        restore(Path(made.file), home, passphrase=PASSPHRASE, force=True)
    lock = Home(home).writer_lock
    after = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    assert {k: v for k, v in before.items() if k != lock} == {
        k: v for k, v in after.items() if k != lock
    }
    with pytest.raises(BackupRefused, match="SHA-256"):
        restore(Path(made.file), home, sha256=made.sha256, force=True)


def test_a_backup_of_a_newer_version_is_refused(
    full: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("serving.backup.archive.SCHEMA_VERSION", 2)
        by_schema = Path(backed_up(home, full).file)
    with pytest.raises(BackupRefused, match="newer version"):
        restore(by_schema, home.with_name("other"))
    monkeypatch.setattr("serving.backup.backup.revision_of", lambda _: "9999")
    by_tables = Path(backed_up(home, full, force=True).file)
    with pytest.raises(BackupRefused, match="step 9999"):
        restore(by_tables, home.with_name("other"))
    assert not any(home.with_name("other").glob("[!.]*"))


def test_a_home_that_holds_anything_is_replaced_by_force_alone(full: Engine, home: Path) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    with pytest.raises(OutputError, match="not empty"):
        restore(Path(made.file), home, passphrase=PASSPHRASE)
    (home / "models" / "2").mkdir()
    object_to(full, "C3")
    full.dispose()
    restore(Path(made.file), home, passphrase=PASSPHRASE, force=True)
    assert not (home / "models" / "2").exists()
    assert (home / "lake" / "feeds" / "part.parquet").read_bytes() == b"feed", "it stays"
    with full.connect() as connection:
        assert connection.execute(select(func.count()).select_from(objections)).scalar() == 1
    full.dispose()


def test_a_database_that_holds_rows_is_replaced_by_force_alone(
    full: Engine, home: Path, database_url: str
) -> None:
    if not database_url:
        pytest.skip("a file lies in the home and goes with it")
    made = backed_up(home, full, passphrase=PASSPHRASE)
    with pytest.raises(OutputError, match="holds rows"):
        restore(Path(made.file), home.with_name("other"), passphrase=PASSPHRASE)
    with full.connect() as connection:
        assert connection.execute(select(func.count()).select_from(phones)).scalar() == 1


def test_the_lake_is_in_it_where_it_is_wanted(full: Engine, home: Path) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE, with_lake=True)
    restore(Path(made.file), home.with_name("other"), passphrase=PASSPHRASE, database_url="")
    assert (home.with_name("other") / "lake" / "feeds" / "part.parquet").read_bytes() == b"feed"


def test_without_a_passphrase_the_keys_are_not_in_it(full: Engine, home: Path) -> None:
    made = backed_up(home, full)
    assert made.secrets == "excluded"
    keys = secrets_path(home).read_bytes()
    with gzip.open(made.file) as packed:
        content = packed.read()
    assert all(key.hex().encode() not in content for key in made_secrets(home).keys.values())
    assert b"15400000001" not in content
    other = home.with_name("other")
    assert restore(Path(made.file), other, database_url="").secrets == "missing"
    secrets_path(other).parent.mkdir()
    secrets_path(other).write_bytes(keys)
    secrets_path(other).chmod(0o600)
    check(other, "")


def with_pseudonyms(home: Path) -> bytes:
    """A key of the home's pseudonyms."""
    path, key = Home(home).pseudonym_key, bytes(range(64))
    path.parent.mkdir(mode=0o700)
    path.write_bytes(key)
    path.chmod(0o600)
    return key


def test_the_key_of_pseudonyms_is_sealed_and_comes_back(full: Engine, home: Path) -> None:
    key = with_pseudonyms(home)
    made = backed_up(home, full, passphrase=PASSPHRASE)
    with gzip.open(made.file) as packed:
        assert key not in packed.read()
    other = home.with_name("other")
    found = restore(Path(made.file), other, passphrase=PASSPHRASE, database_url="")
    path = Home(other).pseudonym_key
    assert (found.pseudonyms, path.read_bytes()) == ("restored", key)
    assert path.stat().st_mode & 0o777 == 0o600
    Home(home).pseudonym_key.write_bytes(bytes(64))  # a later one gives way to the backup's
    full.dispose()
    restore(Path(made.file), home, passphrase=PASSPHRASE, database_url="", force=True)
    assert Home(home).pseudonym_key.read_bytes() == key
    assert bytes(range(64)) == path.read_bytes()


def test_without_a_passphrase_the_key_of_pseudonyms_stays_where_it_was(
    full: Engine, home: Path
) -> None:
    key = with_pseudonyms(home)
    made = backed_up(home, full)
    other = home.with_name("other")
    assert restore(Path(made.file), other, database_url="").pseudonyms == "missing"
    assert not Home(other).pseudonym_key.exists()
    full.dispose()
    assert restore(Path(made.file), home, database_url="", force=True).pseudonyms == "kept"
    assert Home(home).pseudonym_key.read_bytes() == key


def test_a_backup_of_before_pseudonyms_were_kept_is_restored(
    full: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(path: Path, header: dict[str, Any]) -> AbstractContextManager[Writer]:
        return writing_archive(path, {k: v for k, v in header.items() if k != "pseudonyms"})

    monkeypatch.setattr("serving.backup.backup.writing_archive", without)
    made = backed_up(home, full, passphrase=PASSPHRASE)
    other = home.with_name("other")
    found = restore(Path(made.file), other, passphrase=PASSPHRASE, database_url="")
    assert (found.secrets, found.pseudonyms) == ("restored", "missing")
    check(other, "")


def test_another_passphrase_is_refused(full: Engine, home: Path) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    with pytest.raises(BackupRefused, match="passphrase"):
        restore(Path(made.file), home.with_name("other"), passphrase="another passphrase")


def test_no_restore_brings_back_who_was_erased(full: Engine, home: Path) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    remember_erased(home, "C1")
    with pytest.raises(BackupRefused, match="1 customers were erased"):
        restore(Path(made.file), home, passphrase=PASSPHRASE, force=True)


def test_a_restore_that_was_cut_off_between_the_renames_is_undone(
    full: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    full.dispose()
    rename = Path.rename

    def killed(path: Path, target: Path) -> Path:
        if target == home:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(Path(made.file), home, passphrase=PASSPHRASE, force=True)
    assert not home.exists()
    with pytest.raises(OutputError, match="not empty"):
        restore(Path(made.file), home, passphrase=PASSPHRASE)
    assert (home / "lake" / "feeds" / "part.parquet").is_file()


def test_a_backup_is_never_replaced_but_by_force(full: Engine, home: Path) -> None:
    backed_up(home, full)
    with pytest.raises(OutputError, match="there already"):
        backed_up(home, full)
    assert backed_up(home, full, force=True).rows > 0
    assert Path(backed_up(home, full, force=True).file).stat().st_mode & 0o777 == 0o600


def test_ids_of_each_table_go_on(full: Engine, home: Path, database_url: str) -> None:
    made = backed_up(home, full, passphrase=PASSPHRASE)
    destroy(home, full)
    found: Restored = restore(Path(made.file), home, passphrase=PASSPHRASE)
    assert found.database == ("postgresql" if database_url else "sqlite")
    row = {
        "idempotency_key": "k", "content_sha256": "s", "customer_id": "C1", "at": NOW,
        "channel": "store", "outcome": "accepted", "confirmed": True, "caller": "key",
    }  # fmt: skip
    engine = open_engine(home, database_url)
    with engine.begin() as connection:
        connection.execute(insert(contacts).values(row))
    engine.dispose()
