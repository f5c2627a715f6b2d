"""What an attempt, one HTTP request to VBot, meant."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class AttemptOutcome(StrEnum):
    """The meaning of VBot's answer, or of its absence. An attempt under way has none."""

    ACCEPTED = "accepted"  # VBot has the call
    NOT_SENT = "not_sent"  # nothing reached VBot: it is safe to try again
    REFUSED = "refused"  # VBot said no
    UNSURE = "unsure"  # nobody knows whether it reached VBot


MAY_HAVE_REACHED: Final = (AttemptOutcome.ACCEPTED, AttemptOutcome.UNSURE)  # VBot; one under way may have, too
