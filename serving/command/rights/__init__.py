"""Subcommands for the data of persons: phones, secrets, their rights, backups."""
