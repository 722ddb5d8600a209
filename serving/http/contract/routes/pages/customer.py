"""The customer page: all that is known of one customer."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.customer import CustomerPageQuery
from serving.http.contract.routes.pages.kinds import PAGE
from serving.http.contract.table import Route


def customer_page() -> Iterable[Route]:
    """All that is known of one customer."""
    yield PAGE(
        "/customer/{customer_id}", purpose="All that is known of a customer.",
        operation="customerPage", rights_of="customer", query=CustomerPageQuery,
    )  # fmt: skip
