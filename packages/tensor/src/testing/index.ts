export { open, type TestCell } from "./cell.ts";
export { TestHost } from "./host.ts";
