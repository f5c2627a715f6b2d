"""VBot Bridge: a shop's order becomes one phone call."""

__version__ = "0.1.0"
