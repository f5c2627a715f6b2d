"""Rules: compile them, and evaluate them on an event: a verdict with its phone and `datas`. Pure."""
