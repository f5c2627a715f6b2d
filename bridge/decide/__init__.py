"""Decide: make decisions, calls and the orders' newest states from a stored delivery, 25 events to a transaction.

1. Claim a delivery. One that leaves something out waits for the shop's documents (`delivery`).
2. Read its events from its bytes: `platform.read`, pure (`bridge.receive.stored`).
3. Learn each event's order, and evaluate each rule on the order's newest state: pure (`event`, `rule_input`).
4. Record each decision, create or cancel the calls (`calls`), close the delivery, commit.

`replay` takes the same steps for deliveries that were decided, or ignored, or failed before.
"""
