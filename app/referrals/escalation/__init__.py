"""Ring, count down, move on: policies as data, what follows as a pure function, and the engine."""
