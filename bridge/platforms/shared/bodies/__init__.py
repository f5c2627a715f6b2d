"""Bodies that are JSON or a form."""
