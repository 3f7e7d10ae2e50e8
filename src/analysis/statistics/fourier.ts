/** The discrete Fourier transform at the frequencies 0, 1/n, … up to a half, as numpy.fft.rfft has it; any length. */
export function realFft(values: Float64Array): { re: Float64Array; im: Float64Array } {
  const n = values.length;
  const re = Float64Array.from(values);
  const im = new Float64Array(n);
  if (n > 1) {
    if ((n & (n - 1)) === 0) transform(re, im);
    else chirp(re, im);
  }
  const half = (n >> 1) + Math.min(n, 1);
  return { re: re.subarray(0, half), im: im.subarray(0, half) };
}

/** In place, for powers of two (Cooley and Tukey 1965). */
function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swap(re, i, j);
      swap(im, i, j);
    }
  }
  const cosines = new Float64Array(n / 2);
  const sines = new Float64Array(n / 2);
  for (let k = 0; k < n / 2; k++) {
    cosines[k] = Math.cos((2 * Math.PI * k) / n);
    sines[k] = -Math.sin((2 * Math.PI * k) / n);
  }
  for (let half = 1; half < n; half *= 2) {
    const step = n / (2 * half);
    for (let start = 0; start < n; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const a = start + k;
        const b = a + half;
        const c = cosines[k * step] as number;
        const s = sines[k * step] as number;
        const x = (re[b] as number) * c - (im[b] as number) * s;
        const y = (re[b] as number) * s + (im[b] as number) * c;
        re[b] = (re[a] as number) - x;
        im[b] = (im[a] as number) - y;
        re[a] = (re[a] as number) + x;
        im[a] = (im[a] as number) + y;
      }
    }
  }
}

/** In place, for every other length: a convolution with a chirp (Bluestein 1970). */
function chirp(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const cosines = new Float64Array(n);
  const sines = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    // k² modulo 2n, before the angle is taken: large angles lose their digits.
    const angle = (Math.PI * ((k * k) % (2 * n))) / n;
    cosines[k] = Math.cos(angle);
    sines[k] = Math.sin(angle);
  }
  const aRe = new Float64Array(size);
  const aIm = new Float64Array(size);
  const bRe = new Float64Array(size);
  const bIm = new Float64Array(size);
  for (let k = 0; k < n; k++) {
    const c = cosines[k] as number;
    const s = sines[k] as number;
    aRe[k] = (re[k] as number) * c + (im[k] as number) * s;
    aIm[k] = (im[k] as number) * c - (re[k] as number) * s;
    bRe[k] = c;
    bIm[k] = s;
    if (k > 0) {
      bRe[size - k] = c;
      bIm[size - k] = s;
    }
  }
  transform(aRe, aIm);
  transform(bRe, bIm);
  for (let k = 0; k < size; k++) {
    const x = aRe[k] as number;
    const y = aIm[k] as number;
    aRe[k] = x * (bRe[k] as number) - y * (bIm[k] as number);
    // Conjugated, so that the forward transform leads back.
    aIm[k] = -(x * (bIm[k] as number) + y * (bRe[k] as number));
  }
  transform(aRe, aIm);
  for (let k = 0; k < n; k++) {
    const x = (aRe[k] as number) / size;
    const y = -(aIm[k] as number) / size;
    const c = cosines[k] as number;
    const s = sines[k] as number;
    re[k] = x * c + y * s;
    im[k] = y * c - x * s;
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const swapped = values[i] as number;
  values[i] = values[j] as number;
  values[j] = swapped;
}
