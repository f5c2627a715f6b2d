"""The database itself: engine, schema, tables, encryption; nothing of the bridge's nouns."""
