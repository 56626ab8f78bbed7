"""`python -m sfchaos`: the command line without the console script."""

from sfchaos.cli.main import main

main()
