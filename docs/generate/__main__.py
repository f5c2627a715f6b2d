"""Renew what is generated of the documentation and of the configuration's schema: python -m docs.generate"""

from __future__ import annotations

import click

from docs.generate.config_schema import renew_schema
from docs.generate.pages import ROOT, renew

# Some pages are made of the schema.
for path in (*renew_schema(), *renew()):
    click.echo(f"renewed {path.relative_to(ROOT)}")
