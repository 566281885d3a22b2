const wide = 3;
const seriesTerms = 60;
const fractionTerms = 60;

/**
 * The error function in f64: its Maclaurin series 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!! up to |x| = 3
 * (all terms positive, so nothing cancels), beyond that the continued fraction of erfc (DLMF 7.6.2 and 7.9.1).
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  return Math.sign(x) * (size < wide ? series(size) : size > 6 ? 1 : 1 - complement(size));
}

function series(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < seriesTerms; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/** erfc(x) = exp(-x^2) / sqrt(pi) * 1 / (x + (1/2) / (x + (2/2) / (x + ...))), from the inside out. */
function complement(x: number): number {
  let rest = x;
  for (let n = fractionTerms; n >= 1; n--) rest = x + n / 2 / rest;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / rest;
}
