import { withSpan, type Workspace } from "../workspace.ts";
import type { WriterOptions } from "./settings.ts";
import { Writer } from "./writer.ts";

/** `serving` as cells see it. */
export interface ServingFunctions {
  readonly serving: {
    readonly writer: (options: WriterOptions) => Writer;
  };
}

export function servingFunctions(workspace: Workspace): ServingFunctions {
  return {
    serving: {
      writer: (options) => withSpan(workspace.host.here(), () => new Writer(workspace, options)),
    },
  };
}
