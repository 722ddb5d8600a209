"""A model version: its bundle of plain files, its card, its registry and its promotion."""
