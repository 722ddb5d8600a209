"""Outcomes by file: what a call centre returns, checked row by row and written to the ledger."""
