"""What the ledger says in numbers: the figures of a report. Pure."""
