"""Raw files as they come: cut off, in another encoding, absent, or not to be read at all."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from features.errors import ImportRefused, SettingsError

CITY = """
max_bad_share = 0.0
[feed.customers]
sql = "from read_csv('customers.csv', all_varchar = true)"
event_time = "since"
delay_days = 0
"""
CUSTOMERS = "customer_id,city,payment_mode,consent,since\nC1,北京,prepaid,true,2025-01-05\n"
DECLARED = 'encoding = "gbk"\nfiles = ["customers.csv"]\n'


def from_file(extract: Any, name: str) -> None:
    extract.map(
        extract.mapping.read_text().replace(
            "read_csv('bills.csv', all_varchar = true)", f"'{name}'"
        )
    )


def refusal(extract: Any) -> str:
    """What the import says; the lake must be empty afterwards."""
    with pytest.raises(ImportRefused) as refused:
        extract.load()
    assert extract.lake() == {}
    return refused.value.message


def copy_of_bills(extract: Any, name: str) -> bytes:
    path = extract.folder / name
    query = (
        "SELECT 'C' || i AS customer_id, DATE '2025-03-01' AS period, i AS revenue_fen, "
        "TIMESTAMP '2025-04-01' AS issued, TIMESTAMP '2025-04-02' AS learned FROM range(9000) t(i)"
    )
    duckdb.connect().execute(f"COPY ({query}) TO '{path}'")
    return bytes(path.read_bytes())


@pytest.mark.parametrize("name", ["bills.parquet", "bills.json", "bills.csv", "bills.csv.gz"])
def test_a_file_cut_off_anywhere_is_refused_by_name(extract: Any, name: str) -> None:
    whole = copy_of_bills(extract, name)
    if name != "bills.csv":
        from_file(extract, name)
    for share in (0.3, 0.77):
        extract.write(name, whole[: int(len(whole) * share)])
        message = refusal(extract)
        assert name in message
        assert "cut off" in message
    extract.write(name, whole)
    assert extract.load().feeds[0].new == 9000


def test_a_csv_cut_inside_its_last_number_is_refused(extract: Any) -> None:
    extract.write("bills.csv", (extract.folder / "bills.csv").read_bytes()[:-4])
    assert "bills.csv ends inside a line" in refusal(extract)


def test_an_empty_file_is_refused(extract: Any) -> None:
    extract.write("bills.csv", "")
    assert "bills.csv is empty" in refusal(extract)


def test_gbk_without_declaration_is_refused_with_the_remedy(extract: Any) -> None:
    extract.map(CITY)
    extract.write("customers.csv", CUSTOMERS.encode("gbk"))
    message = refusal(extract)
    assert "reading customers.csv" in message
    assert 'encoding = "gbk"' in message
    assert "C1" not in message, "no customer's line belongs in a message"


def test_gbk_with_declaration_is_read(extract: Any) -> None:
    extract.map(CITY + DECLARED)
    extract.write("customers.csv", CUSTOMERS.encode("gbk"))
    extract.load()
    assert extract.stored("customers", "city") == [("北京",)]


def test_a_wrong_declaration_is_refused(extract: Any) -> None:
    extract.map(CITY + DECLARED)
    extract.write("customers.csv", CUSTOMERS.replace("北京", "𠮷").encode("gb18030"))
    message = refusal(extract)
    assert "customers.csv is not in the declared encoding gbk" in message
    assert "gb18030" in message


def test_a_declaration_without_its_file_is_refused(extract: Any) -> None:
    extract.map(CITY + DECLARED)
    assert "customers.csv is not in" in refusal(extract)


def test_a_declaration_must_cover_all_files_of_a_pattern(extract: Any) -> None:
    extract.map(CITY.replace("customers.csv", "c*.csv") + DECLARED)
    extract.write("customers.csv", CUSTOMERS.encode("gbk"))
    extract.write("c2.csv", CUSTOMERS.encode("gbk"))
    with pytest.raises(SettingsError, match=r"add c2.csv to files"):
        extract.load()


def test_an_absent_file_is_refused_with_what_there_is(extract: Any) -> None:
    (extract.folder / "bills.csv").rename(extract.folder / "rechnungen.csv")
    message = refusal(extract)
    assert message.startswith("bills: bills.csv is not in")
    assert "which has rechnungen.csv" in message


def test_a_file_of_the_working_folder_is_not_taken_for_one_of_the_extract(
    extract: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (extract.folder / "bills.csv").rename(tmp_path / "elsewhere" / "bills.csv")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "bills.csv is not in" in refusal(extract)


@pytest.mark.parametrize("name", ["../mapping.toml", "/etc/passwd"])
def test_a_query_reads_nothing_outside_the_folder(extract: Any, name: str) -> None:
    extract.map(extract.mapping.read_text().replace("bills.csv", name))
    assert "A query reads only files of the folder" in refusal(extract)


def test_a_query_reads_no_variable_of_the_program(extract: Any) -> None:
    from_file(extract, "bills.csv")
    extract.map(extract.mapping.read_text().replace("from 'bills.csv'", "from connection"))
    assert "connection does not exist" in refusal(extract)


def test_a_query_that_does_not_fit_the_file_is_refused(extract: Any) -> None:
    extract.map(extract.mapping.read_text().replace('"from', '"select amount from'))
    message = refusal(extract)
    assert message.startswith("bills (reading bills.csv): Binder Error")
    assert '"amount" not found' in message


def test_a_value_that_no_reader_can_convert_is_refused_with_a_way_out(extract: Any) -> None:
    extract.map(extract.mapping.read_text().replace(", all_varchar = true", ""))
    rows = [f"C{i},2025-03-01,{i},2025-04-01,2025-04-02" for i in range(30_000)]
    extract.bills(*rows, "C1,2025-03-01,much,2025-04-01,2025-04-02")
    message = refusal(extract)
    assert "much" in message
    assert "all_varchar = true" in message


def test_texts_of_a_query_that_are_no_files_stay_as_they_are(extract: Any) -> None:
    extract.map(
        extract.mapping.read_text()
        .replace('"from read_csv', "\"select * replace ('李''s; % *' as customer_id) from read_csv")
        .replace('true)"', 'true); -- all; of them"')
    )
    extract.load()
    assert extract.stored(columns="customer_id") == [("李's; % *",)]
