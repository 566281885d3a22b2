import { Fault, type FaultData, faultData } from "@tilebook/base";
import type { CellAnalysis } from "@tilebook/lang";
import type { KernelSource } from "@tilebook/tensor";
import type { FromCell, ToCell } from "../protocol/cell.ts";
import type { Admission } from "../protocol/tensors.ts";
import type { Asset } from "./asset.ts";
import { Environment } from "./environment.ts";
import { cellGlobals } from "./globals.ts";
import { isStream, pump } from "./generators.ts";
import { keep } from "./keep.ts";
import { Outputs } from "./outputs.ts";
import type { Places } from "./places.ts";
import { showKernels } from "./raw-output.ts";
import { Scope } from "./scope.ts";
import type { TensorRoom } from "./tensors.ts";
import { type Shown, stepsOf } from "./steps.ts";
import type { Ticker } from "./tick.ts";

export type RunMessage = Extract<ToCell, { readonly type: "run" }>;

/** What the runner stands on. */
export interface RunnerParts {
  readonly send: (message: FromCell) => void;
  readonly tensors: TensorRoom;
  readonly places: Places;
  readonly ticker: Ticker;
  readonly asset: (name: string, scope: Scope) => Promise<Asset>;
  /** Has the GPU worker bound a text of WGSL. */
  readonly admit: (cell: { readonly source: string; readonly text: string }) => Promise<Admission>;
  /** Has the GPU worker report this run's kernels. Resolves to the most bytes alive during the run. */
  readonly flush: (run: number) => Promise<number>;
  /** Everything that waits for the GPU worker fails with this. */
  readonly rejectAll: (fault: Fault) => void;
  /** Keeps values for the next cell worker; undefined drops what was kept. */
  readonly keep: (cell: string, values: KeptValues | undefined) => void;
  readonly now: () => number;
}

/** What is kept of a cell, in the form `restore` reads. */
export interface KeptValues {
  readonly run: number;
  readonly values: unknown;
  /** It refers to tensors, so it is worth nothing without the GPU worker. */
  readonly tensors: boolean;
}

type Values = Map<string, unknown>;

/** Runs cells, one at a time, over an environment of names. */
export class Runner {
  readonly environment: Environment = new Environment();
  readonly #parts: RunnerParts;
  #scope: Scope | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** The run that is under way, or was last. */
  get scope(): Scope | undefined {
    return this.#scope;
  }

  async run(message: RunMessage): Promise<void> {
    const { run, cell, inputs } = message;
    const { send, tensors, now } = this.#parts;
    const outputs = new Outputs((index, output) => send({ type: "output", run, index, output }), now);
    const scope = new Scope({ run, cell, inputs, tensors, outputs });
    this.#scope = scope;
    this.environment.supersede(cell);
    const tensorScope = tensors.openScope(cell);
    send({ type: "started", run });
    try {
      await this.#evaluate(message, scope, () => tensorScope.close());
    } catch (error) {
      tensorScope.close();
      await this.#failed(scope, error);
    }
  }

  abort(run: number): void {
    const scope = this.#scope;
    if (scope?.run !== run || scope.stopped) return;
    scope.interrupt();
    this.#parts.rejectAll(new Fault("run/interrupted", "the run was interrupted"));
  }

  supersede(run: number): void {
    if (this.#scope?.run === run) this.#scope.supersede();
  }

  forget(cell: string): void {
    this.#parts.keep(cell, undefined);
    this.environment.forget(cell);
  }

  async #evaluate(message: RunMessage, scope: Scope, close: () => void): Promise<void> {
    const { send, tensors, ticker, flush, now } = this.#parts;
    const start = now();
    ticker.rest();
    const shown: Shown = {};
    const show = (value: unknown): unknown => {
      shown.value = value;
      return value;
    };
    const work =
      message.kind === "wgsl" ? this.#wgsl(message, scope, show) : this.#body(message, scope, show);
    const result = await scope.orInterrupted(work);
    if (scope.isCutOff) throw scope.signal.reason;
    const values = await this.#settle(scope, result);
    const steps = stepsOf({ message, values, shown, tensors });
    const there = [...values].filter(([, value]) => !tensors.isGone(value));
    const results = there.flatMap(([, value]) => (steps.has(value) ? [] : [value]));
    await scope.orInterrupted(tensors.realizeIn([shown.value], results));
    if (!("value" in shown))
      for (const [name, value] of there)
        scope.echo(name, value, steps.has(value) || tensors.isKeptAlone(value));
    else if (shown.value !== undefined) scope.show(shown.value);
    await scope.orInterrupted(scope.allShown());
    const bytes = await flush(scope.run);
    // Flushed, the device is done, too.
    const milliseconds = now() - start;
    scope.outputs.flush();
    const kept = this.#land(scope, values, close);
    const handles = tensors.handlesIn([[...values.values()], scope.shown]);
    send({
      type: "finished",
      run: scope.run,
      milliseconds,
      bytes,
      defines: values.size,
      kept,
      steps: [...values].flatMap(([name, value]) => (tensors.isStep(value) ? [name] : [])),
      tensors: [...new Set(handles)],
    });
  }

  /** The cell's code over what it uses: steps of other cells, too, which are computed now. */
  async #body(message: RunMessage, scope: Scope, show: (value: unknown) => unknown): Promise<object> {
    const used = this.environment.lookUp(message.analysis.uses.map(({ name }) => name));
    const body = this.#bodyOver(used, message, scope, show);
    await this.#parts.tensors.keepSteps(used.values());
    return body();
  }

  #bodyOver(
    used: ReadonlyMap<string, unknown>,
    message: RunMessage,
    scope: Scope,
    show: (value: unknown) => unknown,
  ): () => Promise<object> {
    const { cell, text, analysis } = message;
    const [first] = analysis.faults;
    if (analysis.code === "" && first !== undefined) throw faultOf(first);
    checkNames(analysis);
    const names = new Map<string, unknown>([
      ...Object.entries(this.#parts.tensors.globals),
      ...Object.entries(cellGlobals(scope, (name) => this.#parts.asset(name, scope))),
      ...used,
      ["$tick", this.#parts.ticker.tickOf(() => scope.stopped || (this.#scope?.stopped ?? false))],
      ["$show", show],
      [
        "$k",
        (id: string, captured: KernelSource["captured"]): KernelSource => ({
          text: { source: cell, text, kernel: id },
          captured,
          name: analysis.kernels.find((site) => site.id === id)?.name ?? id,
          params: analysis.kernels.find((site) => site.id === id)?.params ?? [],
        }),
      ],
    ]);
    const known = { cell, text, code: analysis.code, edits: analysis.edits };
    const script = this.#parts.places.script(known, [...names.keys()]);
    // Indirect, so that the code sees the global scope and nothing of ours.
    // oxlint-disable-next-line no-eval -- running the notebook's code is what this worker is for
    const make = (0, eval)(script) as (names: object) => () => Promise<object>;
    return make(Object.fromEntries(names));
  }

  /** A cell of WGSL gives its kernels to the others, under the cell's id. They are bounded and compiled now. */
  async #wgsl(
    { cell, text, analysis }: RunMessage,
    scope: Scope,
    show: (value: unknown) => unknown,
  ): Promise<object> {
    const { entries } = await this.#parts.admit({ source: cell, text });
    const { table, usage } = showKernels(analysis.defines[0]?.name, entries);
    scope.show(table);
    show(usage);
    return { [cell]: this.#parts.tensors.rawKernels({ source: cell, text, entries }) };
  }

  /** What the cell gives to others: promises awaited, generators at their first value. */
  async #settle(scope: Scope, result: object): Promise<Values> {
    const values: Values = new Map(Object.entries(result));
    for (const [name, value] of values) {
      if (value instanceof Promise) values.set(name, await scope.orInterrupted(value));
      const settled = values.get(name);
      if (isStream(settled)) values.set(name, await scope.orInterrupted(this.#stream(scope, name, settled)));
    }
    return values;
  }

  /** The first value of a generator. The others follow when the run has landed. */
  #stream(scope: Scope, name: string, stream: Iterator<unknown> | AsyncIterator<unknown>): Promise<unknown> {
    return pump(stream, scope, async (value) => {
      await this.#parts.tensors.realizeIn([value]);
      if (!this.environment.update(scope.cell, scope.run, name, value)) return false;
      this.#parts.send({ type: "yielded", run: scope.run });
      return true;
    });
  }

  /** True when the next cell worker can have the values, but for steps. */
  #land(scope: Scope, values: Values, close: () => void): boolean {
    const { cell, run } = scope;
    const { tensors } = this.#parts;
    const stored = [...values].filter(([, value]) => !tensors.isStep(value));
    const kept = keep({ names: Object.fromEntries(stored), shown: scope.shown }, tensors.keeper);
    this.#parts.keep(
      cell,
      kept === undefined ? undefined : { run, values: kept.value, tensors: kept.tensors.length > 0 },
    );
    const leave = (): void => {
      scope.leave();
      close();
    };
    const supersede = (): void => scope.supersede();
    this.environment.land(cell, { run, values, shown: scope.shown, leave, supersede });
    scope.land();
    return kept !== undefined;
  }

  async #failed(scope: Scope, error: unknown): Promise<void> {
    const { run, cell } = scope;
    scope.outputs.flush();
    if (scope.stopped) return this.#parts.send({ type: "stopped", run });
    if (!scope.superseded) this.forget(cell);
    scope.leave();
    await this.#parts.flush(run).catch(() => 0);
    // Whatever ended it, the newer run says what is wrong now.
    if (scope.superseded) return this.#parts.send({ type: "stopped", run });
    this.#parts.send({ type: "failed", run, fault: this.#faultOf(error, cell) });
  }

  /** With its place in the cell, as far as the stack tells. */
  #faultOf(error: unknown, cell: string): FaultData {
    const fault = faultData(error);
    if (fault.span !== undefined || !(error instanceof Error)) return fault;
    const span = this.#parts.places.find(error.stack ?? "", cell);
    return span === undefined ? fault : { ...fault, span };
  }
}

/** What an async function returns is asked for a `then`: a cell that defines one would never end. */
function checkNames({ defines }: CellAnalysis): void {
  const found = defines.find(({ name }) => name === "then");
  if (found !== undefined)
    throw new Fault("cell/reserved-name", "`then` cannot be a name that cells share", {
      span: found.span,
      hint: "choose another name",
    });
}

function faultOf({ code, message, span, hint }: FaultData): Fault {
  return new Fault(code, message, { span, hint });
}
