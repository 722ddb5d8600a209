"""Read-outs of randomised tests: checks, effects, policies and the verdict, from any table."""
