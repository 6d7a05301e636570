"""Run the command line as `python -m scalewidgets`."""

import sys

from scalewidgets.cli import main

sys.exit(main())
