"""``python -m twin_kernel.runs.service [--stay]``."""

import sys

from twin_kernel.runs.service.main import main

sys.exit(main(stay="--stay" in sys.argv[1:]))
