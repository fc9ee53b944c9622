"""``python -m twin_kernel.runs.service``."""

import sys

from twin_kernel.runs.service.main import main

sys.exit(main())
