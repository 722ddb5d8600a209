"""The pages that the service gives a browser; they load nothing from outside."""
