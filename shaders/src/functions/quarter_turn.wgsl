// quarter_turn: the sine of x, whose nearest quarter turn is `turns`, after `quarter` quarters of a circle
//   method: x is reduced by quarter turns in three parts, then a polynomial
//   error: 1 unit in the last place or so up to 8192
//   source: sinf and cosf of Cephes (Moshier)
alias F = f32;

fn quarter_turn(x: F, turns: F, quarter: F) -> F {
  let r = ((x - turns * 1.5703125) - turns * 4.837512969970703e-4) - turns * 7.549789954891882e-8;
  let z = r * r;
  let s = r + r * z * ((z * -1.9515295891e-4 + 8.3321608736e-3) * z - 1.6666654611e-1);
  let c = 1.0 - 0.5 * z + z * z * ((z * 2.443315711809948e-5 - 1.388731625493765e-3) * z + 4.166664568298827e-2);
  let phase = quarter - 4.0 * floor(quarter * 0.25);
  let value = select(s, c, (phase == F(1.0)) | (phase == F(3.0)));
  return select(value, -value, phase >= F(2.0));
}
