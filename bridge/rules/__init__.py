"""Mapping rules: an event in, a verdict with its `datas` out. Pure."""
