import { cells } from "./cells.ts";
import { type Engine, engineOf } from "./engine.ts";

/** Tilebook as the harness measures it: `--add tilebook=<this file>`. */
const engine: Engine = engineOf(
  "tilebook",
  Object.fromEntries(Object.entries(cells).map(([op, [first]]) => [op, first])),
);

export default engine;
