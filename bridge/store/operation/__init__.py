"""What keeps the bridge running and watched: alarms, heartbeats, turns, recorded acts, idempotency keys."""
