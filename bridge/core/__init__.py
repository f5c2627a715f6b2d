"""The types of the bridge, and what follows from them alone: no I/O, no clock, no chance."""
