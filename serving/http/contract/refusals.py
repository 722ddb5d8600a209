"""What the contract shows of each refusal: an example of its message and of its details."""

from __future__ import annotations

from typing import Any

MESSAGES = {
    "event": "payments: amount_fen < 1. Refunds belong in bills.",
    "model_gone": "version 3, by which this decision was made, is not in the home any more. "
    "Bring models/3 back from the registry or a backup.",
    "event_key": "this key was used for another fact. Send the first one again, or name a new key.",
    "malformed_request": "this is not HTTP/1.1: Missing mandatory Host: header",
    "headers_too_large": "the headers have more than 16384 bytes; send fewer of them",
    "malformed_json": "the body is not JSON: EOF while parsing a list at line 1 column 18",
    "malformed_gzip": "the body is not gzip: it is cut off",
    "unauthorized": "a key is needed: send the header `Authorization: Bearer <key>`",
    "forbidden": "the role auditor may not call POST /score; the role table is in docs/security.md",
    "not_found": "nothing is at this address; /docs.json lists all",
    "provider": "the OpenID provider does not answer; try again shortly",
    "csrf": "a request with a session comes from a page of this service and carries the header "
    "X-CSRF-Token; GET /session has it",
    "rate_limited": "more than 60000 requests a minute; send the next in 1 s",
    "purpose": "no purpose is named; name one of audit, in the field `purpose` or in the header "
    "Liuke-Purpose",
    "unknown_customers": "no score for 1 of 2 customers: they are not in the network at "
    "2026-03-02, or the id is wrong.",
    "unknown_analysis": "no analysis has this name; GET /analyses has them",
    "unknown_decision": "no decision of this customer has this id; decide again",
    "unknown_outcome": "no outcome of this decision has the key that is to be undone",
    "unknown_manager": "no manager has this id; `liuke manager list` shows them",
    "unknown_task": "no task has this id; look it up again",
    "unknown_promise": "no promise has this id; look it up again",
    "conflict": "an outcome with this key and other content is recorded; use a new key",
    "undo_too_late": "an outcome can be undone within 60 seconds; record what is true now as a "
    "new one",
    "contact_forbidden": "do not contact: a complaint is open, and is served before anything is "
    "sold",
    "confirmation_missing": "the outcome cancelled changes a service; record the customer's "
    "confirmation first (one of signature, recorded_call, code_by_sms) and name it",
    "not_decided": "the decision does not hold the action 'credit'; decide again",
    "unknown_table": "no table 'shops' has been trained",
    "unknown_batch": "no batch of yours has this id; GET /tasks/batches",
    "unknown_change": "no change has this id; GET /settings/changes",
    "unknown_campaign": "no campaign has this id; GET /lists has them",
    "unknown_export": "no export has this id; request one",
    "not_replayable": "decision 5f0c22a8d1b0e7c4 was answered by rules: it used no row",
    "not_approved": "4,100 customers are more than 1,000: a second person, of the role approver, "
    "approves the export first",
    "no_control": "the list has no customer with an outcome in the arm control, so nothing can be "
    "compared. Request lists with a control_share above 0.",
    "expired": "expires is 2026-02-01, and today is 2026-03-02; name a later day",
    "unknown_view": "there is no view 'at riks' of yours. Is at risk meant?",
    "stale_page": "the base was scored again since that page; begin with the first one",
    "method_not_allowed": "this address takes another method; the header Allow names it",
    "body_too_slow": "the body did not arrive within 10 seconds; send it again",
    "body_too_large": "the body is larger than 524288 bytes; "
    "send fewer customers or rows at a time",
    "wrong_content_type": "the content type is 'text/plain'; send the body as application/json",
    "wrong_content_encoding": "the content encoding is 'br'; send the body as gzip, or as it "
    "stands without the header Content-Encoding",
    "invalid_request": "customer_ids: Field required",
    "table": "row 0 (counted from 0) lacks tenure. Give every column in every row; a missing "
    "value is null.",
    "overloaded": "too many requests at once; try again shortly",
    "internal": "the service failed at this request; its log says why. Try again later.",
    "bundle": "the model's files are altered. Restore the bundle from the registry or roll back "
    "with `liuke rollback`.",
    "fingerprint_mismatch": "the champion was trained on other features than those scored last "
    "night (missing: plan_fee_cny). Run `liuke score --as-of DATE`, or go back to the champion "
    "before with `liuke rollback`.",
    "lake": "no customer has been scored in the home. Run `liuke score --as-of DATE`.",
    "no_champion": "no model has been promoted in the home. Train one with "
    "`liuke train --as-of DATE`, then `liuke promote`.",
    "no_objection": "C0012345 has no objection that holds",
    "objection": "1 of 2 customers object to automated decisions: no score is shown or used for "
    "them. Serve them by the rules, and score the others.",
    "not_ready": "the service is not ready; try again shortly",
    "settings": "the champion's amounts are in CNY, the service names them in EUR.",
    "too_many_connections": "too many connections; try again shortly",
    "too_slow": "the answer took too long; ask for fewer customers",
}
DETAILS: dict[str, dict[str, Any]] = {
    "unknown_customers": {"customer_ids": ["C0099999"]},
    "forbidden": {"role": "auditor"},
    "rate_limited": {"retry_after_seconds": 1},
    "purpose": {"permitted": ["audit"]},
    "objection": {"customer_ids": ["C0012345"]},
    "method_not_allowed": {"allow": "POST"},
    "body_too_large": {"limit_bytes": 524288},
    "wrong_content_encoding": {"accepted": ["gzip", "identity"]},
    "invalid_request": {"problems": [{"field": "customer_ids", "message": "Field required"}]},
    "table": {"row": 0, "missing": ["tenure"]},
    "fingerprint_mismatch": {"missing": ["plan_fee_cny"], "changed": []},
}
