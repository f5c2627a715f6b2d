"""A person's number: the do-not-call list, what other calls do with it, the search for it, and its erasure."""
