"""The simulation of the world: pure Python and NumPy, no I/O and no clock of its own."""
