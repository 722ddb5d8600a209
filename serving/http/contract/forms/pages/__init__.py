"""The fields of forms in pages."""
