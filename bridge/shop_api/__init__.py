"""Call a shop's own API: fetch what its deliveries leave out (`fetch`), poll (`poll`), keep its tokens (`tokens`).

Nothing is logged, and a failure is a reason code: neither address, credentials nor text of the shop.
"""
