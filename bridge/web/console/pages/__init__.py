"""The pages: each module is one, and holds its PAGE."""
