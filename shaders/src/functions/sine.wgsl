// sine: the sine of x in radians
//   why: WGSL allows its own an error of 2^-11, and SwiftShader makes use of that
alias F = f32;

fn sine(x: F) -> F {
  let turns = round(x * 0.6366197723675814);
  return quarter_turn(x, turns, turns);
}
