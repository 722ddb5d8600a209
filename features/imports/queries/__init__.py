"""The operator's queries: the mapping file, and the files that its queries read."""
