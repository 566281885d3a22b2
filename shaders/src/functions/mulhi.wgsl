// mulhi: the upper word of a product
//   method: by 16-bit halves
alias U = u32;

fn mulhi(a: U, b: U) -> U {
  let a_low = a & U(0xffffu);
  let a_high = a >> U(16u);
  let b_low = b & U(0xffffu);
  let b_high = b >> U(16u);
  let middle = a_high * b_low + ((a_low * b_low) >> U(16u));
  let carry = a_low * b_high + (middle & U(0xffffu));
  return a_high * b_high + (middle >> U(16u)) + (carry >> U(16u));
}
