"""One order's story as a person reads it: `lines` of text, the `evidence` of decisions, what is so `now`."""
