"""What DuckDB runs: the stored histories, and the streams that the builder reads from them."""
