"""Where models that the version before logged to MLflow look for their loader, on any server."""

from training.models.pyfunc import _load_pyfunc as _load_pyfunc
