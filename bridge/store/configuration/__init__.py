"""What people configured: sources, rules, hotlines, holidays, templates, pauses."""
