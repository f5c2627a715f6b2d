"""A due call becomes one request to VBot."""
