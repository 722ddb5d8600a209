"""After all that a home goes through, no phone number stands in any file or log of it."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from features.home import Home
from features.simulate import read_world, simulate
from serving.database import open_engine
from serving.database.tables import phones
from tests.serving.conftest import start, write_home

COMMAND = "from serving.command import main; main()"


def liuke(home: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words, "--home", str(home)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def numbers_in(folder: Path, numbers: set[str]) -> list[str]:
    """The files that hold one of the numbers, in any of its forms."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            columns = pq.read_table(path).columns
            texts = "\n".join(str(value) for one in columns for value in one.to_pylist())
        else:
            texts = path.read_bytes().decode("utf-8", "replace")
        if any(number in texts for number in numbers):
            found.append(str(path.relative_to(folder)))
    return found


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("raw") / "raw", 30, 1, 1, read_world(None)).out


@pytest.mark.slow
def test_no_number_stands_outside_of_the_database(raw: Path, tmp_path: Path) -> None:
    with (raw / "phones.csv").open(newline="") as file:
        rows = {row["customer_id"]: row["phone"] for row in csv.DictReader(file)}
    numbers = set(rows.values())
    assert numbers_in(raw, numbers) == ["phones.csv"], "the simulation writes them there alone"
    home = tmp_path / "home"
    home.mkdir()
    write_home(home)
    Home(home).lake.mkdir(exist_ok=True)
    said = liuke(home, "phones", "import", str(raw / "phones.csv"))
    bad = tmp_path / "bad.csv"
    own, number = next(iter(rows.items()))
    bad.write_text(f"customer_id,phone\n{own},{number}\nX2,{number}\nX3,{number}9\n", "utf-8")
    said += liuke(home, "phones", "import", str(bad), code=1)
    said += liuke(home, "phones", "find", number)
    said += liuke(home, "secrets", "rotate")
    said += liuke(home, "backup", str(home / "backup.tar.gz"))
    server = start(home, tmp_path)
    try:
        server.promote()
        with server.client() as client:
            for body in ({"customer_ids": [number]}, {"customer_ids": ["C0000001"], "x": number}):
                client.post("/score", json=body)
            client.get(f"/nothing/{number}")
            client.get(f"/audit?customer={number}")
            client.delete(f"/objections/{number}")
    finally:
        server.process.terminate()
        server.process.wait(timeout=120)
    assert not any(one in said for one in numbers)
    assert not any(one in server.log() for one in numbers)
    engine = open_engine(home)
    with engine.connect() as connection:
        assert len(connection.execute(select(phones.c.customer_id)).all()) == len(rows)
        assert not any(number in str(row) for row in connection.execute(select(phones)))
    engine.dispose()
    outside = [file for file in numbers_in(home, numbers) if not file.startswith("liuke.sqlite")]
    assert outside == []
