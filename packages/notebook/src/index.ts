export type * from "./output.ts";
