"""A shop's own API over HTTP: the documents that its deliveries leave out, its polls, its access tokens.

Nothing is logged, and a failure is a reason code: neither address, credentials nor text of the shop.
"""
