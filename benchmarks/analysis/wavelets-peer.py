"""The peer of wavelets.mjs: PyWavelets there and back, as often as asked. Prints its name without arguments, else milliseconds each."""
import ctypes
import sys
import time

import numpy
import pywt

if len(sys.argv) < 4:
    print(f"PyWavelets {pywt.__version__}, numpy {numpy.__version__}, Python {sys.version.split()[0]}")
    sys.exit()
if sys.argv[4:] == ["kept"]:
    for threshold in (-3, -1):  # M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc
        ctypes.CDLL(None).mallopt(threshold, 1 << 30)
wavelet, n, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = numpy.random.default_rng(1).random(n)


def there_and_back():
    return pywt.waverec(pywt.wavedec(x, wavelet, mode="periodization"), wavelet, mode="periodization")


if abs(there_and_back() - x).max() > 1e-12:
    raise ValueError("The series did not come back.")
start = time.perf_counter()
for _ in range(repeats):
    there_and_back()
print((time.perf_counter() - start) * 1e3 / repeats)
