// log1p: the natural logarithm of 1 + x, with all digits near 0
//   method: 2 atanh(x / (2 + x)) by its series up to |x| = 1/2, beyond that the logarithm of the sum
//   error: the series leaves out less than 2e-8 of the value
//   source: Abramowitz and Stegun 4.1.27
alias F = f32;

fn log1p(x: F) -> F {
  let s = x / (2.0 + x);
  let z = s * s;
  let series = 1.0 + z * (0.33333333 + z * (0.2 + z * (0.14285714 + z * (0.11111111 + z * (0.090909091 + z * 0.076923077)))));
  return select(logarithm(1.0 + x), 2.0 * s * series, abs(x) < F(0.5));
}
