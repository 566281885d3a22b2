// unpack_halves: four halves out of two words
fn unpack_halves(words: vec2u) -> vec4f {
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}
