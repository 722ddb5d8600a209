"""A served home that this folder attacks: customers of two cities, keys of every role, phones.

On both databases, each with the real server in a process of its own: what a text or a caller may
do on PostgreSQL, what is on the wire on SQLite.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import Engine

from features.home import Home
from serving.access.keys import NewKey, Terms, new_key, revoke_key
from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.permissions import ROLES
from serving.access.principal import Scope
from serving.customers.phones.files import import_phones
from serving.database import open_engine, upgrade
from serving.managers.archive import save_manager
from serving.scores import last_scores
from serving.service_settings import serving_settings
from tests.conftest import set_home
from tests.databases import KINDS, new_database
from tests.serving.conftest import MONDAY, Server, start
from tests.tables import TARGET

HERE = Path(__file__).parent

if TYPE_CHECKING:
    from tests.conftest import SmallHome, SmallTable

PASSWORD = "correct horse battery"
PEOPLE = ("li.na", "mei")
LIST = {
    "purpose": "retention", "owner": "lin", "expires": "2999-12-31", "control_share": 0.3,
    "seed": 7,
}  # fmt: skip
LIST_SECONDS = 300.0
SPARE = 2  # the customers of a city whom the attacks name, and no list has
# Every attack would be counted as a try of one address, or as a look-up too many.
SETTINGS = """
database_url = "{url}"

[access]
free_tries = 1000000
address_free_tries = 1000000
lookups_per_hour = 1000000
lookups_per_day = 1000000
"""


@dataclass(frozen=True)
class Named:
    """What a request can name: a customer, a decision and a promise of theirs, a list of customers
    of their city and an export of it, a task about the customer and the manager whose it is."""

    customer_id: str
    decision_id: str
    promise_id: str
    list_id: str
    export_id: str
    task_id: str
    manager_id: str


UNKNOWN = Named("C9999999", "f" * 32, "f" * 24, "f" * 32, "f" * 32, "f" * 24, "M9999")


@dataclass(frozen=True)
class Counter:
    """The server, its database, and who calls: every key of `keys` is limited to the city of `own`.

    `everywhere`: keys of roles that are not. `spare`: another customer of that city. `row`: one of
    the table `customers`. `phones`: by customer.
    """

    server: Server
    engine: Engine
    city: str
    keys: Mapping[str, NewKey]
    everywhere: Mapping[str, NewKey]
    revoked: NewKey
    expired: NewKey
    own: Named
    others: Named
    spare: str
    row: Mapping[str, Any]
    phones: Mapping[str, str]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, timeout=120)

    def session(self, user: str = PEOPLE[0]) -> dict[str, str]:
        """The headers of a person who has just signed in, as their page sends them."""
        with self.client() as client:
            form = {"user": user, "password": PASSWORD}
            answer = client.post("/session", json=form)
        assert answer.status_code == 200, answer.text
        cookie = answer.headers["set-cookie"].partition(";")[0]
        token = answer.json()["csrf_token"]
        return {"cookie": cookie, "x-csrf-token": token, "origin": self.server.url}


@pytest.fixture(scope="session", params=KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The setting `database_url` of a database for the tests of this folder."""
    if request.param == "sqlite":
        yield ""
        return
    with new_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(scope="session")
def counter(
    database: str,
    small_home: SmallHome,
    small_table: SmallTable,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("hostile")
    home = small_home.copied_to(folder / "home")
    shutil.copytree(small_table.home / "tables", home / "tables")
    _night_before(home)
    set_home(home, "serving", SETTINGS.format(url=database))
    upgrade(engine := open_engine(home, database))
    phones = _phones(home, engine)
    server = start(home, folder)
    try:
        made = _opened(home, engine, server, small_table, phones)
        yield made
    finally:
        server.process.terminate()
        server.process.wait(timeout=120)
        engine.dispose()
    assert leaks(made, server.log()) == [], "of all that this folder sent"


def _night_before(home: Path) -> None:
    """A week before the last night, all were as they are: two nights can be compared."""
    scores = last_scores(home)
    before = scores.assign(as_of=scores["as_of"] - timedelta(weeks=1))
    before.to_parquet(Home(home).scores / f"{before['as_of'].iloc[0]:%F}-a.parquet", index=False)


def leaks(counter: Counter, text: str) -> list[str]:
    """What stands in a text that no log may hold: numbers, keys, customers, faults of ours."""
    keys = (*counter.keys.values(), *counter.everywhere.values(), counter.revoked, counter.expired)
    secrets = [own.secret for own in keys]
    ids = (*counter.phones, UNKNOWN.customer_id)
    numbers = counter.phones.values()
    never = (*secrets, *ids, *numbers, PASSWORD, "Traceback", " ERROR ")
    return [own for own in never if own in text]


def _phones(home: Path, engine: Engine) -> dict[str, str]:
    """A number for each customer of the night, in the database alone."""
    ids = sorted(last_scores(home)["customer_id"])
    numbers = {own: f"154000{place:05d}" for place, own in enumerate(ids)}
    file = home.with_name("phones.csv")
    lines = "".join(f"{own},{number}\n" for own, number in numbers.items())
    file.write_text(f"customer_id,phone\n{lines}")
    import_phones(home, engine, file, serving_settings(home).phones, MONDAY)
    return numbers


def _opened(
    home: Path, engine: Engine, server: Server, table: SmallTable, phones: dict[str, str]
) -> Counter:
    by_city = {
        str(city): sorted(own) for city, own in last_scores(home).groupby("city")["customer_id"]
    }
    city, other_city = list(by_city)[:2]
    limited = Terms(scope=Scope(city=city))
    keys = {role: new_key(engine, role, MONDAY, limited) for role in ROLES}
    revoked = new_key(engine, "hotline", MONDAY)
    revoke_key(engine, revoked.id, MONDAY)
    expired = new_key(
        engine, "hotline", MONDAY, Terms(expires_at=datetime.now() - timedelta(days=2))
    )
    everywhere = {
        role: new_key(engine, role, MONDAY) for role in ("hotline", "marketing", "approver")
    }
    with engine.begin() as connection:
        for user in PEOPLE:
            new_user(connection, user, "store", MONDAY, Scope(city=city), hashed(PASSWORD))
    first = table.rows().drop(columns=TARGET).iloc[0]
    row = {str(name): value for name, value in first.items()}
    terms = Terms(scope=Scope(city=other_city))
    marketing = keys["marketing"], new_key(engine, "marketing", MONDAY, terms)
    lists = [
        _list(server, key, by_city[name][SPARE:])
        for key, name in zip(marketing, (city, other_city), strict=True)
    ]
    own, others = (
        Named(
            *_decided(server, everywhere["hotline"], by_city[name][0]),
            *_exported(server, key, list_id),
            *_tasked(engine, server, everywhere["marketing"], by_city[name][0], str(name)),
        )
        for key, name, list_id in zip(marketing, (city, other_city), lists, strict=True)
    )
    return Counter(
        server, engine, city, keys, everywhere, revoked, expired, own, others, by_city[city][1],
        row, phones,
    )  # fmt: skip


def _calling(server: Server, key: NewKey, purpose: str) -> httpx.Client:
    headers = {"authorization": f"Bearer {key.secret}", "liuke-purpose": purpose}
    return httpx.Client(base_url=server.url, headers=headers, timeout=120)


def _decided(server: Server, key: NewKey, customer_id: str) -> tuple[str, str, str]:
    """The customer, with a decision and a promise that were made for them."""
    with _calling(server, key, "customer_present") as client:
        form = {"customer_id": customer_id, "intent": "browse", "channel": "store"}
        decision = client.post("/decide", json=form)
        promise = client.post("/promises", json={"customer_id": customer_id, "kind": "complaint"})
    assert (decision.status_code, promise.status_code) == (200, 200), decision.text + promise.text
    return customer_id, decision.json()["decision_id"], promise.json()["promise_id"]


def _list(server: Server, key: NewKey, customer_ids: list[str]) -> str:
    """A list that was requested, of some of these customers."""
    form = {**LIST, "size": 20, "filter": {"customer_id": customer_ids}}
    with _calling(server, key, "retention") as client:
        answer = client.post("/lists", json=form)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def _exported(server: Server, key: NewKey, list_id: str) -> tuple[str, str]:
    """The list once the process beside the service has made it, and an export of it."""
    deadline = time.monotonic() + LIST_SECONDS
    with _calling(server, key, "retention") as client:
        while (answer := client.get(f"/lists/{list_id}")).json().get("state") != "ready":
            # While the list is written a busy machine may refuse a read of it: try again.
            if answer.status_code != 503:
                assert answer.json()["state"] in ("requested", "running"), answer.text
            assert time.monotonic() < deadline, "no list was made"
            time.sleep(0.2)
        answer = client.post(f"/lists/{list_id}/exports", json={"recipient": "call centre"})
    assert answer.status_code == 200, answer.text
    return list_id, str(answer.json()["id"])


def _tasked(
    engine: Engine, server: Server, issuer: NewKey, customer_id: str, city: str
) -> tuple[str, str]:
    """A task about the customer, and the manager of their city whose it is."""
    with engine.begin() as connection:
        given = {"name": "Desk", "city": city, "since": MONDAY.date()}
        manager = save_manager(connection, f"M-{city}", given, "k", MONDAY)
    form = {
        "customer_id": customer_id, "manager_id": manager.manager_id, "kind": "call",
        "text": "Ring them",
    }  # fmt: skip
    headers = {"authorization": f"Bearer {issuer.secret}"}
    task = httpx.post(f"{server.url}/tasks", json=form, headers=headers, timeout=120)
    assert task.status_code == 200, task.text
    return task.json()["task_id"], manager.manager_id


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder belongs to the slow tests: a thousand attacks."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow(minutes=6))
