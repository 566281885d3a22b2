// expm1: exp(x) - 1, with all digits near 0
//   method: Taylor's series up to |x| = 1/2, beyond that the difference
//   error: the series leaves out less than 2e-8 of the value
//   why: of NaN, SwiftShader's exponential is infinite
alias F = f32;

fn expm1(x: F) -> F {
  let tail = 0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * (0.0013888889 + x * (0.00019841270 + x * 0.000024801587))));
  let series = x * (1.0 + x * (0.5 + x * tail));
  return select(x, select(exp(x) - 1.0, series, abs(x) < F(0.5)), x == x);
}
