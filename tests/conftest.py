"""The tests run side by side, one process a core: each computes with one thread, or they would wait for one another."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
