"""What a browser is shown of a refusal: a page in words, and nothing of the inside."""

from __future__ import annotations

from tests.serving.pages.conftest import Open


def test_an_unknown_customer_and_another_stores_customer_look_alike(opened: Open) -> None:
    browser = opened("store")  # of store S1, whose customers have even numbers
    unknown = browser.get("/desk/C9999999")
    others = browser.get("/desk/C0000007")
    assert unknown.status_code == others.status_code == 404
    assert "No customer within your reach" in others.text
    same = others.text.replace("C0000007", "C9999999")
    assert same == unknown.text
    assert browser.get("/desk/C0000008").status_code == 200


def test_markup_in_an_address_is_text(opened: Open) -> None:
    answer = opened("hotline").get("/desk/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_a_form_that_lacks_something_says_so_in_its_place(opened: Open) -> None:
    answer = opened("hotline", "zh").act("/desk", {"customer": "C1"})
    assert answer.status_code == 422
    assert "填写的内容缺失或有误" in answer.text
    assert "<html" not in answer.text
