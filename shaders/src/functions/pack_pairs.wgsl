// pack_pairs: the two lowest bits of four whole numbers, one beside the other
fn pack_pairs(x: vec4i) -> u32 {
  let low = (bitcast<vec4u>(x) & vec4u(3u)) << vec4u(0u, 2u, 4u, 6u);
  return low.x | low.y | low.z | low.w;
}
