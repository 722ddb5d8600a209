"""Any table with a label: the same fit, calibration, figures, bundle and registry.

In order: `files` (CSV or Parquet in) · `texts` (what single values say) · `columns` (what a
column holds, inferred once, stored in the bundle) · `values` (rows as the columns read them,
in training and serving) · `suspects` (identifiers and leaks, named) · `folds` (equal rows
together) · `levels` (categories become numbers) · `members` and `joined` (boosters bagged, then
one) · `recipe` (the fit) · `crossfit` (risks out of fold, and their figures) · `model` (what a
bundle of a table holds) · `card` · `trained` (all of it in one call).
"""
