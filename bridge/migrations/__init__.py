"""Alembic's revisions: numbered, adding first and removing one release later."""
