// to_i32: the whole number towards 0 from x, the last one where x is beyond it, and 0 for NaN
//   why: WGSL stops at the last f32 that is in the range, and leaves open what becomes of NaN
alias F = f32;
alias I = i32;

fn to_i32(x: F) -> I {
  let known = select(I(0), I(x), x == x);
  return select(known, I(2147483647), x >= F(2147483648.0));
}
