"""How an extract becomes facts; `features.sources` is the door.

In order: `mapping` (what the operator wrote) · `extracts` (reading his files, fenced in) ·
`checks` (the contract as SQL) · `versions` (what is new, known already, or a correction) ·
`quarantine` (rows set aside, with reasons) · `staging` (one feed, checked and written aside) ·
`records` (the counts of each import) · `commit` (all feeds visible in one step).
"""
