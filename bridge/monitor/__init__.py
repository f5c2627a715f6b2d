"""Watch what a person must look at: alarms, the health of sources, templates, the balance at VBot, the work."""
