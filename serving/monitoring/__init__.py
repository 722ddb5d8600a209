"""How the service is watched: metrics for Prometheus and one log line a request."""
