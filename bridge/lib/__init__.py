"""What would serve any project: HTTP, addresses, signatures, tokens, JSON and YAML."""
