"""Notify: tell other programs and people what happened: webhooks, alarms, a daily summary."""
