"""A stored delivery becomes decisions and calls."""
