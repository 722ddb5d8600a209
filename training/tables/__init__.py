"""Any table with a label: the same fit, calibration, figures, bundle and registry.

In order: `files` (Parquet, CSV and others in) · `nonrows`, `target` and `sample` (the labelled
rows) · `leaks` and `order` (identifiers, row numbers and leaks, named) · `fit` (folds, the
recipe and risks out of fold) · `card` · `shelf` (the models of a home) · `trained` (all of it in
one call). `training.columns` infers once what each column holds, and reads rows by it in training
and serving; `training.forms` holds how single values are written.
"""
