"""Notify: tell shops, other programs and people what happened: results written back, webhooks, alarms, a summary."""
