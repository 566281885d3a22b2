export type * from "./cell.ts";
