"""The last mile with real processes: a night, a list, a key, a question over HTTP."""

from __future__ import annotations

import csv
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from features.disk.atomic import replace_json
from serving.scores import last_scores
from serving.scoring import load_champion
from tests.conftest import SmallHome
from training.models.bundle import write_bundle

LIUKE = Path(sys.executable).with_name("liuke")
START_SECONDS = 180.0


@dataclass(frozen=True)
class Night:
    """A home in which `liuke score`, `list` and `key new` have run, and a server on it."""

    home: Path
    scored: subprocess.CompletedProcess[str]
    listed: list[dict[str, str]]
    url: str
    key: dict[str, str]

    def ask(self, *customer_ids: str, language: str = "en") -> httpx.Response:
        return httpx.post(
            f"{self.url}/score",
            json={"customer_ids": customer_ids, "language": language},
            headers={"Authorization": f"Bearer {self.key['key']}"},
            timeout=120,
        )


def process(*options: object) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [LIUKE, *map(str, options)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return ran


def liuke(*options: object) -> str:
    return process(*options).stdout


@pytest.fixture(scope="module")
def night(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    place = tmp_path_factory.mktemp("night")
    home = small_home.copied_to(place / "home")
    scored = process("score", "--as-of", f"{small_home.as_of:%F}", "--home", home, "--json")
    liuke("list", "--size", 25, "--out", place / "list.csv", "--home", home)
    key = json.loads(liuke("key", "new", "--role", "hotline", "--home", home, "--json"))
    with (place / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.DictReader(file))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (place / "serve.log").open("w")
    server = subprocess.Popen(
        [LIUKE, "serve", "--port", str(port), "--home", home], stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, server)
        yield Night(home, scored, listed, url, key)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        pause.wait(0.1)
    pytest.fail("the server did not become ready")


@pytest.mark.slow
def test_json_is_one_object_and_progress_goes_elsewhere(night: Night) -> None:
    printed = json.loads(night.scored.stdout)
    assert printed["customers"] == len(last_scores(night.home))
    assert Path(printed["path"]).is_file()
    assert "scores and reasons: done" in night.scored.stderr
    assert "Warning" not in night.scored.stderr


@pytest.mark.slow
def test_the_service_the_list_and_the_night_say_the_same(night: Night) -> None:
    ids = [row["customer_id"] for row in night.listed]
    scores = night.ask(*ids).json()["scores"]
    kept = last_scores(night.home).set_index("customer_id").loc[ids]
    assert [score["churn_risk"] for score in scores] == kept["churn_risk"].tolist()
    for row, score in zip(night.listed, scores, strict=True):
        assert row["churn_risk"] == f"{score['churn_risk']:.4f}"
        signs = [
            reason["text"].rpartition(" (")[0]
            for reason in score["reasons"]
            if reason["direction"] == "leave"
        ][:3]
        assert [row[f"sign_{place}"] for place in range(1, len(signs) + 1)] == signs


@pytest.mark.slow
def test_the_whole_base_can_be_requested(night: Night) -> None:
    kept = last_scores(night.home)
    found: list[Any] = night.ask(*kept["customer_id"], language="zh").json()["scores"]
    risks = pd.Series([score["churn_risk"] for score in found])
    assert risks.tolist() == kept["churn_risk"].tolist()


@pytest.mark.slow
def test_a_new_champion_answers_without_a_restart(night: Night) -> None:
    own = night.listed[0]["customer_id"]
    before = night.ask(own).json()["scores"][0]
    champion = night.home / "models" / "champion.json"
    content = champion.read_bytes()
    bundle = load_champion(night.home).bundle
    write_bundle(night.home / "models" / "2", replace(bundle, card="another\n"))
    replace_json(champion, {"version": "2", "moves": []})
    after = night.ask(own).json()["scores"][0]
    champion.write_bytes(content)
    assert after == before | {"model_version": "2"}


@pytest.mark.slow
def test_a_revoked_key_opens_nothing_any_more(night: Night) -> None:
    own = night.listed[0]["customer_id"]
    other = json.loads(liuke("key", "new", "--role", "hotline", "--home", night.home, "--json"))
    lent = replace(night, key=other)
    assert lent.ask(own).status_code == 200
    liuke("key", "revoke", other["id"], "--home", night.home)
    answer = lent.ask(own)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert night.ask(own).status_code == 200
