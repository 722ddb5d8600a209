"""The kinds of rows of pages: open to all, shown to who is signed in, acting for them.

A page is open to those who may call the operation `rights_of`, and does what it does by operations.
"""

from __future__ import annotations

from functools import partial

from serving.http.contract.table import FORM, HTML, ONE_LIMIT, Route, Who

OPEN = partial(Route, who=Who.PUBLIC, answer=HTML, is_page=True)
PAGE = partial(Route, who=Who.SESSION, answer=HTML, is_page=True, method="GET")
ACT = partial(PAGE, method="POST", limit=ONE_LIMIT, body=FORM)
