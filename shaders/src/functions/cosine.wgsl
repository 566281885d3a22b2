// cosine: the cosine of x in radians
//   why: WGSL allows its own an error of 2^-11, and SwiftShader makes use of that
alias F = f32;

fn cosine(x: F) -> F {
  let turns = round(x * 0.6366197723675814);
  return quarter_turn(x, turns, turns + 1.0);
}
