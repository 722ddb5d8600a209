"""Which actions the facts allow, in order, and what each is expected to bring."""
