"""Writes the parts of the documentation that are made from the code: `make docs`.

A page holds them between two comments, `make docs: BLOCK ARGUMENT…` and `end`; the rest is written by hand. A page
under docs/vi is Vietnamese. Each block is a function of the language and of the arguments; it reads the registries and
schemas, and nothing else.
"""
