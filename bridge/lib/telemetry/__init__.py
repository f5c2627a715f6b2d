"""What leaves a process for those who watch it: spans for OpenTelemetry, errors for Sentry."""
