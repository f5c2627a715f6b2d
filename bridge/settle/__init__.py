"""Settle: finish a call by what VBot reports of it, or let it ring again.

1. A result webhook is stored raw by the web, and settled by the worker (`results`): it proves that VBot has the
   attempt, and finishes the call, or lets it wait for its redial.
2. VBot's records are read for calls that are unsure, or placed without a result (`records`); what they hold is
   stored and settled as a result. Once a day they are compared with our ledger, both ways (`comparison`).
3. A call without a result for a day is finished as `unknown` (`results`). One that stays unsure is resolved by a
   person, or by a setting that a person made (`resolve`).

A result that concerns the whole account reaches its circuit breaker (`bridge.place.breaker`).
"""
