"""Raw files as they come: cut off, in another encoding, absent, or not to be read at all."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zipfile
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import ImportRefused

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


def test_the_encoding_is_found_and_stands_in_the_receipt(extract: Any) -> None:
    extract.map(CITY)
    extract.write("customers.csv", CUSTOMERS.encode("gbk"))
    (file,) = extract.load().feeds[0].files
    assert extract.stored("customers", "city") == [("北京",)]
    assert (file.file, file.encoding, file.delimiter, file.header) == (
        "customers.csv", "GB18030", ",", True,
    )  # fmt: skip
    assert (file.rows_in_file, file.rows_read) == (1, 1)


def test_a_doubtful_encoding_is_refused_with_what_each_would_read(extract: Any) -> None:
    extract.map(CITY)
    extract.write("customers.csv", CUSTOMERS.replace("北京", "Genève").encode("cp1252"))
    message = refusal(extract)
    assert "'Genève' in cp1252, 'Genčve' in cp1250" in message
    assert 'encoding = "NAME"' in message
    assert "C1" not in message, "no customer's line belongs in a message"
    extract.map(CITY + 'encoding = "cp1252"\n')
    extract.load()
    assert extract.stored("customers", "city") == [("Genève",)]


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


def test_a_declaration_holds_for_its_files_alone(extract: Any) -> None:
    extract.map(CITY.replace("customers.csv", "c*.csv") + DECLARED)
    extract.write("customers.csv", CUSTOMERS.encode("gbk"))
    extract.write("c2.csv", CUSTOMERS.replace("C1", "C2").encode("utf-16"))
    encodings = {file.file: file.encoding for file in extract.load().feeds[0].files}
    assert encodings == {"customers.csv": "gbk", "c2.csv": "UTF-16"}
    assert extract.stored("customers", "city") == [("北京",), ("北京",)]


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


def test_texts_of_a_query_that_name_no_file_stay_as_they_are(extract: Any) -> None:
    extract.map(
        extract.mapping.read_text()
        .replace('"from read_csv', "\"select * replace ('李''s; % *' as customer_id) from read_csv")
        .replace('true)"', 'true); -- all; of them"')
    )
    extract.load()
    assert extract.stored(columns="customer_id") == [("李's; % *",)]


HEADER, ROW = (
    "customer_id,period,revenue_fen,issued,learned",
    "{},2025-03-01,{},2025-04-01,2025-04-02",
)
ROWS = [ROW.format(f"{'#' * (i % 4 == 0)}C{i}", i) for i in range(200)]


def test_rows_that_begin_with_a_comment_sign_are_read(extract: Any) -> None:
    lines = ["# made by tool", HEADER, *ROWS[:150], "# page 2", *ROWS[150:]]
    extract.write("bills.csv", "\n".join(lines) + "\n")
    (feed,) = extract.load().feeds
    assert (feed.read, feed.new, feed.bad) == (200, 200, 0)
    (file,) = feed.files
    assert (file.rows_in_file, file.rows_read, file.other_lines) == (200, 200, 2)
    assert len(extract.stored(columns="customer_id")) == 200


@pytest.mark.parametrize(
    "text",
    [
        "sep=,\n" + "\n".join([HEADER, *ROWS]) + "\n",
        "\r\n".join([HEADER, *ROWS[:99]]) + "\r\n" + "\n".join(ROWS[99:]) + "\n",
        "\n".join([HEADER, *(f"{row}," for row in ROWS)]) + "\n",
        "\n".join([HEADER, *ROWS]) + "\n\x1a",
        "\n".join(["Bills of 2025", "", HEADER, *ROWS]) + "\n",
        "\n".join([HEADER, *ROWS]).replace(",", ";") + "\n",
    ],
)
def test_what_programs_do_to_a_text_is_read_right(extract: Any, text: str) -> None:
    extract.write("bills.csv", text)
    (feed,) = extract.load().feeds
    assert (feed.read, feed.new) == (200, 200)
    assert extract.stored(columns="sum(revenue_fen)") == [(199 * 100,)]


def test_a_row_with_other_fields_is_one_quarantined_row_with_its_line(extract: Any) -> None:
    uneven = [ROWS[1].replace(",1,", ",1,234.50,"), "Total: 2", ROWS[0][:20]]
    text = "\n".join(["# made by tool", HEADER, ROWS[0], *uneven, ROWS[1]]) + "\n"
    extract.write("bills.csv", text)
    message = refusal(extract)
    assert "bills: 3 of 5 rows are bad" in message
    assert "(first: bills.csv, line 4: 6 fields, the header 5). A delimiter stands in" in message
    extract.map(extract.mapping.read_text().replace("max_bad_share = 0.0", "max_bad_share = 0.6"))
    (report,) = extract.load().feeds
    assert (report.read, report.new, report.bad) == (5, 2, 3)
    assert (report.files[0].rows_in_file, report.files[0].rows_read) == (5, 2)
    rows = duckdb.connect().execute(
        "SELECT row_number, reason, row->>'line', row->'fields' FROM read_parquet(?) ORDER BY ALL",
        [report.quarantine_file],
    )
    assert [(number, line, json.loads(fields)) for number, _, line, fields in rows.fetchall()] == [
        (place + 2, str(place + 4), line.split(",")) for place, line in enumerate(uneven)
    ]


def test_an_option_that_loses_rows_is_refused_by_name(extract: Any) -> None:
    text = extract.mapping.read_text()
    extract.map(text.replace("all_varchar = true", "all_varchar = true, ignore_errors = true"))
    extract.write("bills.csv", f"{HEADER}\n{ROWS[1]}\n{ROWS[2]},1,2,3\n")
    message = refusal(extract)
    assert "2 rows in the file, and 1 of them can be read" in message
    assert "remove ignore_errors from the query" in message


@pytest.mark.parametrize(
    ("query", "sign"),
    [("comment = '#'", "#"), ("skip = 1", "")],
)
def test_lines_that_the_query_declares_to_be_no_rows_are_counted_as_such(
    extract: Any, query: str, sign: str
) -> None:
    extract.map(extract.mapping.read_text().replace("all_varchar", f"{query}, all_varchar"))
    extract.write("bills.csv", f"{sign}made by tool\n{HEADER}\n{ROWS[1]}\n{ROWS[2]}\n")
    (file,) = extract.load().feeds[0].files
    assert (file.rows_in_file, file.other_lines) == (2, 1)


def test_a_workbook_is_read_in_a_mapping(extract: Any) -> None:
    rows = [row.split(",") for row in ROWS[1:4]]
    pd.DataFrame(rows, columns=HEADER.split(",")).to_excel(
        extract.folder / "bills.xlsx", index=False
    )
    for call in ("'bills.xlsx'", "read_xlsx('bills.xlsx', sheet = 'Sheet1')"):
        extract.map(
            extract.mapping.read_text().split("sql")[0]
            + f"""sql = \"from {call}\"
event_time = "issued"
known_at = "learned"
"""
        )
        (feed,) = extract.load().feeds
        assert (feed.read, feed.files[0].form) == (3, "Excel")
    extract.write("bills.xlsx", b"PK\x03\x04 no workbook")
    message = refusal_of(extract)
    assert "bills.xlsx cannot be read" in message
    assert str(extract.folder) not in message


def refusal_of(extract: Any) -> str:
    with pytest.raises(ImportRefused) as refused:
        extract.load()
    return refused.value.message


@pytest.mark.parametrize(
    "name", ["bills.csv.gz", "bills.csv.zip", "bills.csv.bz2", "bills.csv.zst"]
)
def test_packed_text_is_read_by_its_name(extract: Any, name: str) -> None:
    from_file(extract, name)
    extract.write(name, packed(name, ("\n".join([HEADER, *ROWS]) + "\n").encode()))
    assert extract.load().feeds[0].new == 200


def packed(name: str, content: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(content) + bytes(100)
    if name.endswith(".zip"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("bills.csv", content)
        return made.getvalue()
    return (
        bz2.compress(content)
        if name.endswith(".bz2")
        else bytes(pa.compress(content, "zstd", asbytes=True))
    )


@pytest.mark.parametrize("query", ["'bills'", "read_parquet('bills')", "read_parquet('bills/*/*')"])
def test_a_folder_of_parts_as_spark_writes_it_is_read(extract: Any, query: str) -> None:
    copy_of_bills(extract, "whole.parquet")
    whole = (extract.folder / "whole.parquet").read_bytes()
    (extract.folder / "bills" / "month=1").mkdir(parents=True)
    part = "bills/month=1/part-00000-8b1f-c000.snappy.parquet"
    extract.write(part, whole)
    extract.write("bills/month=1/.part-00000-8b1f-c000.snappy.parquet.crc", "crc")
    extract.write("bills/_SUCCESS", "")
    from_file(extract, "bills")
    text = extract.mapping.read_text().replace(
        "from 'bills'", f"select * exclude (month) from {query}"
    )
    extract.map(text)
    (feed,) = extract.load().feeds
    assert (feed.new, feed.files[0].file) == (9000, part)


@pytest.mark.parametrize("name", ["bills.json", "bills.jsonl", "bills.ndjson"])
def test_json_of_every_shape_is_counted(extract: Any, name: str) -> None:
    from_file(extract, name)
    values = dict(zip(HEADER.split(","), ROWS[1].split(","), strict=True))
    lines = [json.dumps(values | {"customer_id": f"C{i}"}) for i in range(3)]
    extract.write(
        name, "\n".join(lines) + "\n" if name != "bills.json" else f"[{', '.join(lines)}]"
    )
    (feed,) = extract.load().feeds
    assert (feed.new, feed.files[0].rows_in_file, feed.files[0].form) == (3, 3, "JSON")


def test_columns_can_still_be_called_by_the_files_name(extract: Any) -> None:
    from_file(extract, "bills.csv")
    extract.map(
        extract.mapping.read_text().replace("from 'bills.csv'", "select bills.* from 'bills.csv'")
    )
    assert extract.load().feeds[0].new == 1


@pytest.mark.parametrize("header", [HEADER + "\n", ""])
@pytest.mark.parametrize("names", ["names", "columns"])
def test_a_file_whose_query_names_the_columns_loses_no_first_row(
    extract: Any, header: str, names: str
) -> None:
    columns = HEADER.split(",")
    said = f"{columns}" if names == "names" else str(dict.fromkeys(columns, "VARCHAR"))
    extract.map(extract.mapping.read_text().replace("all_varchar = true", f"{names} = {said}"))
    extract.write("bills.csv", header + "\n".join(ROWS[:3]) + "\n")
    (feed,) = extract.load().feeds
    assert (feed.read, feed.files[0].rows_in_file, feed.files[0].header) == (3, 3, bool(header))
