"""What carries the hints "decide delivery 815" and "advance call 4711" to threads; the tables hold the truth."""
