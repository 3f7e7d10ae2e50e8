/** Divisions of whole numbers, rounded half-up: exact, in plain numbers, as often as a book has calls. */

/** Beyond it, a quotient that is off by little can't be mended. */
const LARGEST_SHARE = 2 ** 51;

/** Of whole numbers that are not negative. */
export function roundedQuotient(amount: number, divisor: number): number {
  return correctedQuotient(Math.floor(amount / divisor), amount, 1, divisor);
}

/** `amount × factor / divisor`, however large the product is; NaN where the result is too large to be counted. */
export function roundedShare(amount: number, factor: number, divisor: number): number {
  const near = Math.floor((amount * factor) / divisor);
  return near <= LARGEST_SHARE ? correctedQuotient(near, amount, factor, divisor) : Number.NaN;
}

/** @param near is the quotient, or off by little */
function correctedQuotient(near: number, amount: number, factor: number, divisor: number): number {
  let quotient = near;
  let rest = differenceOfProducts(amount, factor, quotient, divisor);
  while (rest < 0) {
    quotient--;
    rest += divisor;
  }
  while (rest >= divisor) {
    quotient++;
    rest -= divisor;
  }
  return rest * 2 >= divisor ? quotient + 1 : quotient;
}

/** `a × b − c × d`, exactly, where the two products are almost equal. */
function differenceOfProducts(a: number, b: number, c: number, d: number): number {
  const first = a * b;
  const second = c * d;
  if (first <= Number.MAX_SAFE_INTEGER && second <= Number.MAX_SAFE_INTEGER) return first - second;
  return first - second + (lostInProduct(a, b, first) - lostInProduct(c, d, second));
}

/** What rounding took from a product (Dekker's): halves of the factors have exact products. */
function lostInProduct(a: number, b: number, product: number): number {
  const aHigh = highHalf(a);
  const bHigh = highHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

function highHalf(value: number): number {
  const shifted = value * 134_217_729;
  return shifted - (shifted - value);
}
