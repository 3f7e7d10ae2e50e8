"""numpy's correlations, for correlation.mjs: prints the milliseconds of each round."""
import sys
import time

import numpy

if len(sys.argv) < 4:
    print(f"numpy {numpy.__version__}")
else:
    rows, columns, rounds = map(int, sys.argv[1:4])
    series = numpy.random.default_rng(1).uniform(1, 1e5, (rows, columns))
    numpy.corrcoef(series)
    for _ in range(rounds):
        start = time.perf_counter()
        numpy.corrcoef(series)
        print((time.perf_counter() - start) * 1000)
