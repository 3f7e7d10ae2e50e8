/**
 * The distributions that tests are read from. Tails are computed as tails, never as one minus the rest, so that the smallest
 * p-values keep all their digits.
 */

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  const tail = 0.5 * regularizedGammaQ(0.5, (z * z) / 2);
  return z < 0 ? tail : 1 - tail;
}

/** P(T > t) of Student's distribution with `df` degrees of freedom, which need not be whole. */
export function studentTSurvival(t: number, df: number): number {
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return t > 0 ? 0 : 1;
  const tail = 0.5 * regularizedBeta(df / 2, 0.5, df / (df + square), square / (df + square));
  return t < 0 ? 1 - tail : tail;
}

/** P(F > f) of Fisher's distribution with `numerator` and `denominator` degrees of freedom. */
export function fSurvival(f: number, numerator: number, denominator: number): number {
  if (f <= 0) return 1;
  if (f === Number.POSITIVE_INFINITY) return 0;
  const scaled = numerator * f;
  return regularizedBeta(denominator / 2, numerator / 2, denominator / (denominator + scaled), scaled / (denominator + scaled));
}

/** Φ⁻¹(0.975): within so many deviations of its mean lie 95 of 100 normal values. */
export const NORMAL_95 = 1.959963984540054;

/** The z below which a share `p` of the standard normal distribution lies (Wichura 1988, AS 241). */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRAL, 0.180625 - q * q);
  const tail = q < 0 ? p : 1 - p;
  if (tail <= 0) return tail < 0 ? Number.NaN : q * Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-Math.log(tail));
  const z = r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(FAR, r - 5);
  return q < 0 ? -z : z;
}

/** I_x(a, b); `y` is 1 − x, for callers who know it with more digits than the subtraction has. */
export function regularizedBeta(a: number, b: number, x: number, y: number = 1 - x): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = binomialTerm(a, b, x, y);
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, y)) / b;
}

/** Q(a, x), the upper incomplete gamma function as a share of the whole. */
function regularizedGammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x);
}

/** ln Γ(x) for x > 0 (Lanczos 1964; g = 7 and the nine coefficients of Godfrey). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  let series = LANCZOS[0] as number;
  for (let i = 1; i < LANCZOS.length; i++) series += (LANCZOS[i] as number) / (shifted + i);
  const base = shifted + 7.5;
  return HALF_LOG_TWO_PI + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

const EPSILON = 1e-16;
/** The fractions need about √a steps; more means that the arguments are not numbers. */
const MOST_STEPS = 100_000;
const TINY = 1e-300;
const HALF_LOG_TWO_PI = 0.9189385332046728;
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** xᵃ yᵇ / B(a, b), by Loader (2000), so that large a and b cost no digits. */
function binomialTerm(a: number, b: number, x: number, y: number): number {
  const n = a + b;
  const exponent = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y);
  return Math.sqrt((a * b) / (2 * Math.PI * n)) * Math.exp(exponent);
}

/** ln Γ(n + 1) less Stirling's formula for it. */
function stirlingError(n: number): number {
  if (n < 15) return logGamma(n + 1) - (n + 0.5) * Math.log(n) + n - HALF_LOG_TWO_PI;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

/** k·ln(k / m) + m − k, without cancellation where k is near m. */
function deviance(k: number, m: number): number {
  const v = (k - m) / (k + m);
  if (Math.abs(v) > 0.1) return k * Math.log(k / m) + m - k;
  let term = 2 * k * v;
  let total = (k - m) * v;
  for (let odd = 3; ; odd += 2) {
    term *= v * v;
    const next = total + term / odd;
    if (next === total) return total;
    total = next;
  }
}

/** The continued fraction of the incomplete beta function, by Lentz (1976). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) <= 3 * EPSILON) break;
  }
  return fraction;
}

/** xᵃ e⁻ˣ / Γ(a + 1) */
function poissonTerm(a: number, x: number): number {
  return Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a);
}

function gammaSeries(a: number, x: number): number {
  let term = 1;
  let total = 1;
  for (let k = 1; k < MOST_STEPS && term > total * EPSILON; k++) {
    term *= x / (a + k);
    total += term;
  }
  return total * poissonTerm(a, x);
}

/** The continued fraction of the upper incomplete gamma function, by Lentz (1976). */
function gammaFraction(a: number, x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < MOST_STEPS; k++) {
    const factor = -k * (k - a);
    b += 2;
    d = 1 / away(factor * d + b);
    c = away(b + factor / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) <= 3 * EPSILON) break;
  }
  return fraction * a * poissonTerm(a, x);
}

function away(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}

interface Ratio {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

function ratio({ above, below }: Ratio, x: number): number {
  return (
    above.reduceRight((total, coefficient) => total * x + coefficient, 0) /
    below.reduceRight((total, coefficient) => total * x + coefficient, 0)
  );
}

/** The coefficients of AS 241, lowest power first. */
const CENTRAL: Ratio = {
  above: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813,
    2509.0809287301227,
  ],
  below: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
    5226.495278852854,
  ],
};
const MIDDLE: Ratio = {
  above: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
    0.022723844989269184, 0.0007745450142783414,
  ],
  below: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
    1.0507500716444169e-9,
  ],
};
const FAR: Ratio = {
  above: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
    2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  below: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7,
    2.0442631033899397e-15,
  ],
};
