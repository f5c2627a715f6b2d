"""python -m bridge COMMAND"""

from bridge.cli.main import main

main()
