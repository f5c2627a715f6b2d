"""The loop that decides and places, and its periodic jobs."""
