// to_u32: the whole number towards 0 from x, the last one where x is beyond it, and 0 for NaN
//   why: WGSL stops at the last f32 that is in the range, and leaves open what becomes of NaN
alias F = f32;
alias U = u32;

fn to_u32(x: F) -> U {
  let known = select(U(0u), U(x), x == x);
  return select(known, U(4294967295u), x >= F(4294967296.0));
}
