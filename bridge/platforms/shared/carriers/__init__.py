"""What carriers have in common."""
