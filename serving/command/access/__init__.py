"""Subcommands about access: keys of programs, accounts of people, alarms."""
