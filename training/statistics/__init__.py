"""Measures of risks and values: metrics, rankings, logistic fits, resampled intervals."""
