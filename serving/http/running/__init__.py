"""How an operation runs: called by a page, once however often it is sent, or for long."""
