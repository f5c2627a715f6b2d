"""Who is told what happened (`receivers`), and what webhooks are still to be told (`messages`)."""
