"""Place: send one request to VBot for a due call, and set the call's next state by the outcome.

1. Admit due calls: waiting -> queued, within the free threads, the hotlines' limits and the breaker (`queue`).
2. Ask once more everything that may forbid the ring (`checks`, `limits`), on the order's newest state, and commit
   queued -> dialing together with the attempt that carries the external_call_id (`attempt`, `dial`). Calls of a rule
   with a batch are placed with one request (`batch`).
3. Send exactly one request, and never again what may have arrived (`attempt`).
4. Record the attempt's outcome and the call's next state (`outcome`), and what it shows of the account (`breaker`).

`manual` creates the calls that a person or a program requests, without a rule.
"""
