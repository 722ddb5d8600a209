from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from features.errors import RequestRefused
from serving.access.keys import Terms, known_keys, new_key, revoke_key, verify
from serving.access.permissions import ROLES
from serving.access.principal import Scope
from serving.database import open_engine, upgrade
from serving.database.tables import keys

MONDAY, TUESDAY = datetime(2026, 3, 2, 9), datetime(2026, 3, 3, 9)


@pytest.fixture
def engine(store: Engine) -> Engine:
    return store


def refused(engine: Engine, secret: str) -> str:
    with pytest.raises(RequestRefused) as refusal:
        verify(engine, secret, TUESDAY)
    return refusal.value.code


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_new_key_opens_with_its_role(engine: Engine, role: str) -> None:
    key = new_key(engine, role, MONDAY)
    principal = verify(engine, key.secret, TUESDAY)
    assert (principal.id, principal.role) == (key.id, role)


def test_a_key_is_looked_up_while_another_program_writes(
    engine: Engine, tmp_path: Path, database_url: str
) -> None:
    key = new_key(engine, "store", MONDAY)
    reader = open_engine(tmp_path, database_url, reading=True)
    with engine.begin():  # holds the write lock
        assert verify(reader, key.secret, TUESDAY).id == key.id
    reader.dispose()


def test_the_secret_is_not_in_the_database(engine: Engine) -> None:
    key = new_key(engine, "store", MONDAY)
    with engine.connect() as connection:
        row = connection.execute(select(keys)).one()
    assert (row.id, row.role, row.created_at) == (key.id, "store", MONDAY)
    assert row.secret_sha256 == sha256(key.secret.encode()).hexdigest()
    assert key.secret not in repr(tuple(row))


def test_the_secret_is_not_in_the_file(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    upgrade(engine)
    key = new_key(engine, "store", MONDAY)
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("liuke.sqlite*"))
    engine.dispose()
    assert key.secret.encode() not in stored
    assert key.id.encode() in stored


def test_a_key_holds_256_random_bits(engine: Engine) -> None:
    secrets = {new_key(engine, "store", MONDAY).secret for _ in range(20)}
    assert len(secrets) == 20
    assert {len(secret.removeprefix("liuke_")) for secret in secrets} == {43}  # 6 bits each


def test_a_revoked_key_opens_nothing_from_the_next_request_on(
    engine: Engine, tmp_path: Path, database_url: str
) -> None:
    key, other = new_key(engine, "store", MONDAY), new_key(engine, "store", MONDAY)
    verify(engine, key.secret, TUESDAY)
    another = open_engine(tmp_path, database_url)  # as another process would
    revoke_key(another, key.id, TUESDAY)
    another.dispose()
    assert refused(engine, key.secret) == "unauthorized"
    assert verify(engine, other.secret, TUESDAY).id == other.id


def test_revoking_twice_keeps_the_first_date(engine: Engine) -> None:
    key = new_key(engine, "store", MONDAY)
    revoke_key(engine, key.id, MONDAY)
    revoke_key(engine, key.id, TUESDAY)
    with engine.connect() as connection:
        assert connection.execute(select(keys.c.revoked_at)).scalar_one() == MONDAY


@pytest.mark.parametrize("secret", ["", "liuke_", "' OR 1=1 --", "\x00", "留客", "\udcff"])
def test_an_unknown_secret_opens_nothing(engine: Engine, secret: str) -> None:
    new_key(engine, "store", MONDAY)
    assert refused(engine, secret) == "unauthorized"


def test_the_hash_in_the_database_is_not_a_key(engine: Engine) -> None:
    key = new_key(engine, "store", MONDAY)
    assert refused(engine, sha256(key.secret.encode()).hexdigest()) == "unauthorized"


def test_the_refusal_is_the_same_for_a_revoked_and_an_unknown_key(engine: Engine) -> None:
    key = new_key(engine, "store", MONDAY)
    revoke_key(engine, key.id, MONDAY)
    messages = set()
    for secret in (key.secret, "liuke_unknown"):
        with pytest.raises(RequestRefused) as refusal:
            verify(engine, secret, TUESDAY)
        messages.add(refusal.value.message)
        assert secret not in refusal.value.message
    assert len(messages) == 1


def test_a_role_outside_the_list_is_refused(engine: Engine) -> None:
    with pytest.raises(
        RequestRefused, match=r"'root' does not exist; the roles are store, hotline, "
    ):
        new_key(engine, "root", MONDAY)


def test_a_key_that_does_not_exist_cannot_be_revoked(engine: Engine) -> None:
    with pytest.raises(RequestRefused, match="no key has the id 'unknown'"):
        revoke_key(engine, "unknown", MONDAY)


def test_an_expired_key_opens_nothing_from_that_moment_on(engine: Engine) -> None:
    key = new_key(engine, "store", MONDAY, Terms(expires_at=TUESDAY))
    assert verify(engine, key.secret, TUESDAY - timedelta(seconds=1)).id == key.id
    for late in (TUESDAY, TUESDAY + timedelta(days=1)):
        with pytest.raises(RequestRefused, match="unknown, revoked or expired"):
            verify(engine, key.secret, late)


def test_a_key_carries_its_scope_purpose_and_rate(engine: Engine) -> None:
    terms = Terms(None, Scope("Suzhou", "S1", "M1"), "complaint_open", 60)
    found = verify(engine, new_key(engine, "store", MONDAY, terms).secret, MONDAY)
    assert (found.scope, found.purpose, found.per_minute) == (terms.scope, "complaint_open", 60)


def test_a_key_without_a_purpose_has_its_roles_first(engine: Engine) -> None:
    found = verify(engine, new_key(engine, "marketing", MONDAY).secret, MONDAY)
    assert (found.purpose, found.scope) == ("retention", Scope())


def test_a_key_of_a_role_that_is_gone_has_no_purpose(engine: Engine) -> None:
    key = new_key(engine, "store", MONDAY)
    with engine.begin() as connection:
        connection.execute(update(keys).values(role="cashier"))
    assert verify(engine, key.secret, MONDAY).purpose is None


def test_known_keys_are_listed_without_their_secrets(engine: Engine) -> None:
    first = new_key(engine, "store", MONDAY, Terms(TUESDAY, Scope(city="Wuxi"), None, 5))
    second = new_key(engine, "auditor", TUESDAY)
    revoke_key(engine, first.id, TUESDAY)
    found = known_keys(engine)
    assert [(one.id, one.role, one.expires_at, one.revoked_at) for one in found] == [
        (first.id, "store", TUESDAY, TUESDAY), (second.id, "auditor", None, None),
    ]  # fmt: skip
    assert (found[0].scope, found[0].per_minute) == (Scope(city="Wuxi"), 5)
    assert first.secret not in repr(found)
