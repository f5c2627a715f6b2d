"""Configuration files: read (`files`), lint (`lint`, `rule_flaws`, `source_flaws`), apply to the database (`apply`)."""
