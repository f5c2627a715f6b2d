"""Configuration files: read, linted, and applied to the database."""
