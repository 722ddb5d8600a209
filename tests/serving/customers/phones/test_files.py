"""A file of phone numbers goes in as one: all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from features.disk.erased import remember_erased
from features.disk.secrets import made_secrets
from features.errors import ImportRefused
from serving.customers.phones.files import CHUNK, PhonesImported, import_phones
from serving.customers.phones.phones import Ciphers, numbers_of
from serving.database.tables import phones
from tests.serving.customers.phones.conftest import CHINA, MONDAY, Import

HEAD = "customer_id,phone\n"


def held(store: Engine, home: Path, *customer_ids: str) -> dict[str, str]:
    with store.connect() as connection:
        return numbers_of(connection, customer_ids, Ciphers(made_secrets(home)))


def test_the_same_file_again_changes_nothing(store: Engine, import_rows: Import) -> None:
    rows = {"C1": "15400000001", "C2": "+86 154 0000 0002"}
    assert import_rows(rows) == PhonesImported(2, 2, 0, 0, 0)
    with store.connect() as connection:
        before = connection.execute(select(phones)).all()
    assert import_rows(rows) == PhonesImported(2, 0, 0, 2, 0)
    with store.connect() as connection:
        assert connection.execute(select(phones)).all() == before


def test_a_changed_number_replaces_the_old_one(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows({"C1": "15400000001", "C2": "15400000002"})
    found = import_rows({"C1": "15400000003", "C3": "15400000001"})
    assert found == PhonesImported(2, 1, 1, 0, 0)
    assert held(store, tmp_path, "C1", "C2", "C3") == {
        "C1": "+8615400000003", "C2": "+8615400000002", "C3": "+8615400000001",
    }  # fmt: skip


def test_two_customers_may_change_numbers_with_each_other(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows({"C1": "15400000001", "C2": "15400000002"})
    assert import_rows({"C1": "15400000002", "C2": "15400000001"}).changed == 2
    assert held(store, tmp_path, "C1") == {"C1": "+8615400000002"}


def test_a_number_that_another_customer_holds_is_refused(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows({"C1": "15400000001", "C2": "15400000002"})
    with pytest.raises(ImportRefused, match="that of C3 by C1"):
        import_rows({"C2": "15400000009", "C3": "15400000001"})
    assert held(store, tmp_path, "C2", "C3") == {"C2": "+8615400000002"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}C1,12\n", "line 2: phone is not a phone number"),
        (f"{HEAD}C1,15400000001\nC1,15400000002\n", "line 3: customer_id C1 occurs twice"),
        (f"{HEAD}C1,15400000001\nC2,+8615400000001\n", "line 3: the phone stands in line 2 too"),
        (f"{HEAD},15400000001\n", "line 2: customer_id has 0 characters"),
        (f"{HEAD}{'C' * 65},15400000001\n", "customer_id has 65 characters"),
        ("customer_id,phone,name\nC1,15400000001,Li\n", "columns customer_id, phone, name"),
        ("customer_id\nC1\n", "expected customer_id and phone"),
        (f"{HEAD}C1,15400000001,\n", "line 2: 3 fields"),
        (f'{HEAD}"C1,15400000001\n', "cannot be read as CSV"),
        ("\n", "columns none"),
    ],
)
def test_a_file_at_fault_is_refused_by_row_and_changes_nothing(
    store: Engine, import_rows: Import, text: str, said: str
) -> None:
    with pytest.raises(ImportRefused) as refusal:
        import_rows(text=text)
    assert said in refusal.value.message
    assert "1540000" not in refusal.value.message
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(phones)).scalar() == 0


def test_rows_at_fault_are_listed_up_to_ten(import_rows: Import) -> None:
    with pytest.raises(ImportRefused) as refusal:
        import_rows({f"C{number}": "1" for number in range(30)})
    assert refusal.value.message.count("is not a phone number") == 10
    assert "and more" in refusal.value.message


def test_columns_may_stand_in_another_order_behind_a_mark_of_utf_8(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    assert import_rows(text="\ufeffphone,customer_id\n15400000001,C1\n\n").new == 1
    assert held(store, tmp_path, "C1") == {"C1": "+8615400000001"}


def test_a_file_that_is_not_there_is_refused(store: Engine, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="No such file"):
        import_phones(tmp_path, store, tmp_path / "absent.csv", CHINA, MONDAY)


def test_who_was_erased_does_not_come_back(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    remember_erased(tmp_path, "C1")
    found = import_rows({"C1": "15400000001", "C2": "15400000002"})
    assert found == PhonesImported(2, 1, 0, 0, 1)
    assert held(store, tmp_path, "C1") == {}


def test_more_rows_than_one_batch_are_all_there(import_rows: Import) -> None:
    rows = {f"C{number}": f"154{number:08d}" for number in range(CHUNK + 3)}
    assert import_rows(rows).new == CHUNK + 3
    assert import_rows(rows).unchanged == CHUNK + 3
