"""What shops send, and what they are asked for."""
