"""From campaigns that were read out to evidence on file."""
