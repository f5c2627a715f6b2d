"""What people and programs read of the ledger: pages, stories, the balance, counts."""
