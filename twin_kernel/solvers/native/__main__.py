"""Entry of ``python -m twin_kernel.solvers.native FOLDER``."""

import sys

from twin_kernel.solvers.native.program import main

sys.exit(main())
