"""A shop's own API."""
