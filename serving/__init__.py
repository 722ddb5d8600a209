"""From the champion to people: nightly scores with reasons, lists, the service, the command."""
