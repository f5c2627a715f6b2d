"""Renew every generated part of the documentation: python -m docs.generate"""

from __future__ import annotations

import click

from docs.generate.pages import ROOT, renew

for path in renew():
    click.echo(f"renewed {path.relative_to(ROOT)}")
