import { cells } from "./cells.ts";
import { type Engine, engineOf } from "./engine.ts";

/** The ops that are written in two ways, in the other one. `npm run bench -- --second` runs it instead. */
const engine: Engine = engineOf(
  "second",
  Object.fromEntries(
    Object.entries(cells).flatMap(([op, [, other]]) => (other === undefined ? [] : [[op, other]])),
  ),
);

export default engine;
