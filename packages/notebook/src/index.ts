export type * from "./output.ts";
export type * from "./state.ts";
