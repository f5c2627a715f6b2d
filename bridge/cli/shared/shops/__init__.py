"""What the command `sources` does beside listing."""
