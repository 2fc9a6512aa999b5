"""The benchmarks behind every number in the README: `python -m nanoverse bench world|engine …`."""
