// erf: the error function
//   method: near 0, where an absolute error is no small share, the series; else a polynomial
//   error: 1.5e-7
//   source: Abramowitz and Stegun 7.1.26
alias F = f32;

fn erf(x: F) -> F {
  let z = x * x;
  let small = x * (1.1283791671 + z * (-0.3761263890 + z * (0.1128379167 + z * (-0.0268661706 + z * (0.0052239776 - z * 0.00085483270)))));
  let a = min(abs(x), F(10.0));
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let large = sign(x) * (1.0 - poly * exp(-a * a));
  return select(x, select(large, small, abs(x) < F(0.5)), x == x);
}
