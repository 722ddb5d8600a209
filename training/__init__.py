"""Features in, a registered and judged model out.

In the order in which data flows: `labels` (who left, when, and when that was known) ·
`panel` (features and labels at many dates, split over time) · `churn` (LightGBM) ·
`calibration` (score to probability) · `metrics`, `evaluate` (out of time) · `explainer`
(exact SHAP values) · `bundle` (the model as plain files) · `registry` (MLflow) ·
`promotion` (the gate, the champion).
"""
