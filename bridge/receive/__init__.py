"""Receive: store an order webhook as a delivery, before it is answered.

1. Find the source by the id in the URL, and its platform (`webhook`).
2. Verify the bytes as they came: `platform.verify`; 401 for another sender. Answer a handshake without effect.
3. Take the delivery's key: `platform.dedup_key`; a resend is the same delivery, and answered as the first was.
4. Store the raw bytes, commit, answer 200.

What a delivery leaves out is fetched from the shop before it is decided (`fetch`); what no webhook brought is polled
for, and stored as a delivery (`poll`, `polled`). `stored` opens a delivery again, with its source and platform.
"""
