"""A small real home, and the real server on it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from features import catalogue
from features.builder import base
from features.builder.kept import feeds_read, kept_part
from features.builder.part_files import inputs_hash
from features.builder.parts import MatrixPart, matrix_parts
from features.disk.atomic import replace_json
from features.engine.store import Histories
from features.home import Home
from serving.access.keys import new_key
from serving.database import open_engine, upgrade
from serving.scores import known
from serving.scores.latest import Night, write_latest
from serving.service_settings import serving_settings
from tests.conftest import set_home
from tests.versions import fewer_features
from training.churn.calibration import EVERYONE, Calibration, Curve
from training.evaluation.figures import Evaluation
from training.models.bundle import Bundle, write_bundle
from training.value import ValueModels

if TYPE_CHECKING:
    from tests.conftest import SmallHome
    from tests.serving.campaigns.played import PlayedHome

CUSTOMERS = tuple(f"C{number:07d}" for number in range(1200))
AS_OF = "2026-03-02T00:00:00"
MONDAY = datetime(2026, 3, 2, 9)
START_SECONDS = 180.0  # a worker imports for some seconds, and the machine may be busy
PATIENT = "[fallback]\nlive_seconds = 60\nnight_seconds = 60\n"


@dataclass(frozen=True)
class Server:
    """The service on a free port: its address, home, process and a key that opens it."""

    url: str
    home: Path
    process: subprocess.Popen[str]
    key: str

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=90
        )

    def promote(self, version: str = "1") -> None:
        """As the promotion does, without its gate and its registry."""
        replace_json(self.home / "models" / "champion.json", {"version": version, "moves": []})

    def unpromote(self) -> None:
        (self.home / "models" / "champion.json").unlink()

    def most_memory_mb(self) -> float:
        """The most memory that the process ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024

    def log(self) -> str:
        """Standard output and standard error; the latest lines of requests may still come."""
        return (self.home / "server.log").read_text()

    def log_after(self, mark: str, expected: str) -> str:
        """What stands in the log after the last `mark`, once `expected` is in it."""
        deadline, pause = time.monotonic() + START_SECONDS, threading.Event()
        while time.monotonic() < deadline:
            after = self.log().rpartition(mark)[2]
            if expected in after:
                return after
            pause.wait(0.05)
        pytest.fail(f"nothing says {expected!r} after {mark!r}:\n{self.log()}")

    def request_line(self, request_id: str) -> dict[str, Any]:
        """The line of this request in the log, once it is written."""
        deadline, pause = time.monotonic() + START_SECONDS, threading.Event()
        while time.monotonic() < deadline:
            for line in self.log().splitlines():
                if request_id in line:
                    found: dict[str, Any] = json.loads(line)
                    return found
            pause.wait(0.05)
        pytest.fail(f"no line of request {request_id}:\n{self.log()}")


def write_home(home: Path) -> None:
    """A home as after a night: three versions and 1,200 rows; nothing is promoted yet.

    Version 2 was made for other features than the rows hold, version 3 knows no value, version
    4 reads one feature fewer.
    """
    features = catalogue.features("CNY")
    random = np.random.default_rng(1)
    rows = pd.DataFrame(
        {feature.name: random.normal(size=len(CUSTOMERS)) for feature in features}
    ).assign(**{feature.name: "other" for feature in features if feature.is_category})
    rows["payment_mode"] = random.choice(["postpaid", "prepaid"], len(CUSTOMERS))
    rows["customer_id"] = CUSTOMERS
    rows["store_id"] = ["S1", "S2"] * (len(CUSTOMERS) // 2)
    numbers = rows[[feature.name for feature in features if not feature.is_category]]
    leaves = numbers.iloc[:, :5].sum(axis=1) + random.normal(size=len(CUSTOMERS)) > 1
    matrix = rows[[feature.name for feature in features]].copy()
    for feature in features:
        if feature.is_category:
            matrix[feature.name] = np.nan
    booster = lgb.train(
        {"objective": "binary", "max_depth": 6, "verbose": -1, "seed": 1, "num_threads": 1},
        lgb.Dataset(matrix.to_numpy(dtype=float), leaves.to_numpy(dtype=float)),
        num_boost_round=20,
    )
    fingerprint = catalogue.fingerprint(features)
    names = tuple(feature.name for feature in features)
    definitions = {feature.name: catalogue.definition_hash(feature) for feature in features}
    bundle = Bundle(
        features=names,
        fingerprint=fingerprint,
        definitions=definitions,
        currency="CNY",
        maps={feature.name: {"other": 0} for feature in features if feature.is_category},
        label={"horizon_days": 30},
        shape={},
        booster=booster,
        calibration=Calibration({EVERYONE: Curve(0.0, 1.0, 100)}),
        evaluation=Evaluation(),
        card="",
        tier_bounds_fen=(3_000, 6_000, 9_000),
        value=value_models(matrix.to_numpy(dtype=float), random),
    )
    rows["bills"], rows["revenue_fen"] = 3, random.integers(0, 36_000, len(CUSTOMERS))
    rows["margin_fen"] = rows["revenue_fen"] // 2
    write_bundle(home / "models" / "1", bundle)
    write_bundle(home / "models" / "2", replace(bundle, fingerprint="of others", definitions=None))
    write_bundle(home / "models" / "3", replace(bundle, tier_bounds_fen=None, value=None))
    write_bundle(home / "models" / "4", fewer_features(bundle))
    night = Night(AS_OF, names, fingerprint, "no scores", definitions=definitions)
    write_latest(home, rows, features, night)


def value_models(matrix: np.ndarray, random: np.random.Generator) -> ValueModels:
    """Models of value that learned nothing that matters."""

    def booster(label: np.ndarray, **parameters: object) -> lgb.Booster:
        quiet = {"max_depth": 3, "verbose": -1, "seed": 1, "num_threads": 1, **parameters}
        return lgb.train(quiet, lgb.Dataset(matrix, label), num_boost_round=5)

    tiers = random.integers(0, 4, len(matrix)).astype(float)
    return ValueModels(
        tier=booster(tiers, objective="multiclass", num_class=4),
        margin=booster(random.normal(size=len(matrix)), objective="regression"),
        least_bill=5.0,
        base_risk={EVERYONE: 0.03},
        annual_discount=0.08,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    home: Path, cwd: Path, workers: int = 1, port: int | None = None, log_name: str = "server.log"
) -> Server:
    """`liuke serve` in a process of its own, alive; its output goes to `<home>/server.log`.

    `port`: of a server that it takes over from. Where a home's settings do not say how long a
    decision waits for a step, it waits for a minute: what an answer holds must not hang on how
    busy the machine is.
    """
    if not Home(home).settings("decision").exists():
        set_home(home, "decision", PATIENT)
    own = Home(home).settings("serving")
    before = own.read_text("utf-8") if own.exists() else ""
    if "prepare_figures" not in before:  # no process beside takes time from those under test
        set_home(home, "serving", f"prepare_figures = false\n{before}")
    engine = open_engine(home, serving_settings(home).database_url)
    upgrade(engine)
    key = new_key(engine, "store", MONDAY)
    engine.dispose()
    take_over = port is not None
    port = port or free_port()
    call = (
        "import sys; from pathlib import Path; from serving.process.server import run;"
        "run(Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]), int(sys.argv[3]),"
        " take_over=sys.argv[4] == 'True')"
    )
    with (home / log_name).open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", call, str(home), str(port), str(workers), str(take_over)],
            cwd=cwd, stdout=log, stderr=log, text=True,
        )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", home, process, key.secret)
    deadline = time.monotonic() + START_SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/livez").status_code == 200:
                return server
        except httpx.TransportError:
            pause.wait(0.05)
    process.kill()
    process.wait()
    pytest.fail(f"the server did not start:\n{server.log()}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server on a small real home with a champion."""
    home = tmp_path_factory.mktemp("home")
    write_home(home)
    server = start(home, tmp_path_factory.mktemp("elsewhere"))
    server.promote()
    yield server
    server.process.terminate()
    server.process.wait(timeout=120)


@pytest.fixture
def bare_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, on a home in which nothing was ever done."""
    home = tmp_path / "家 100%"
    home.mkdir()
    server = start(home, tmp_path)
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture(scope="session")
def parts_known() -> dict[tuple[str, datetime], list[MatrixPart]]:
    """The feature rows of a night, by what the lake holds and the date."""
    return {}


@pytest.fixture(scope="session")
def kept_known() -> dict[tuple[str, str], Any]:
    """What facts of a feed can change, by what it was compiled of and the feed."""
    return {}


@pytest.fixture(autouse=True)
def parts_once(
    parts_known: dict[tuple[str, datetime], list[MatrixPart]],
    kept_known: dict[tuple[str, str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rows of one lake and date are made once for all tests: compiling takes seconds.

    So are the parts of the matrix that posted facts can change.
    """
    make = matrix_parts

    def remembered(histories: Histories, as_of: datetime) -> Iterator[MatrixPart]:
        key = histories.fingerprint + _facts(histories), as_of
        if key not in parts_known:
            parts_known[key] = list(make(histories, as_of))
        for part in parts_known[key]:
            yield replace(part, rows=part.rows.copy())

    def once(make: Callable[..., Any]) -> Callable[..., Any]:
        def made(schemas: Any, features: Any, settings: Any, feed: str = "", *given: Any) -> Any:
            key = inputs_hash(schemas, features, settings), feed
            if key not in kept_known:
                more = (feed, *given) if feed else ()
                kept_known[key] = make(schemas, features, settings, *more)
            return kept_known[key]

        return made

    monkeypatch.setattr(base, "matrix_parts", remembered)
    monkeypatch.setattr(known, "feeds_read", once(feeds_read))
    monkeypatch.setattr(known, "kept_part", once(kept_part))


def _facts(histories: Histories) -> str:
    """What was ever learned, as far as one test's lake differs from another's."""
    counts = [histories.tables[name].count() for name in ("contracts", "days", "complaints")]
    return str([int(histories.connection.execute(count)) for count in counts])


@pytest.fixture(scope="session")
def played_home(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> PlayedHome:
    """Look, but change nothing; a copy for each process."""
    from tests.made import made_once
    from tests.serving.campaigns.played import make_played

    made = made_once("played", lambda folder: make_played(small_home, folder))
    copy = tmp_path_factory.mktemp("played-copy") / "home"
    return replace(made, home=Path(shutil.copytree(made.home, copy)))


@pytest.fixture
def own_home(small_home: SmallHome, tmp_path: Path) -> SmallHome:
    """The small home in a copy that the test may change."""
    return replace(small_home, home=small_home.copied_to(tmp_path / "own"))
