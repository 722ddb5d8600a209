"""The registry of model versions: MLflow, what it shows of a run, and a home that was moved."""
