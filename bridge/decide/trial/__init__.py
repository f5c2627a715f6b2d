"""Try rules without deciding by them: on one event, or on all that was stored. Nothing is stored, nobody is called."""
