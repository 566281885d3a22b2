import {
  type Choice,
  type Choose,
  compileGraph,
  type CompiledKernel,
  type Config,
  compileKernel,
  optionsKey,
  type CompileKernel,
  type CompileOptions,
  formOf,
  type GraphForm,
  type Program,
  ProgramMemory,
  type Said,
  SteadyNumbers,
  type Target,
} from "@tilebook/compiler";
import type { FaultData } from "@tilebook/base";
import { encodeTile, type Graph, type TileKernel } from "@tilebook/ir";

/** Compiled kernels that are remembered. A slider that only changes numbers compiles nothing, or once: `SteadyNumbers`. */
const MOST_KERNELS = 512;

/** Hears of a kernel that does not compile, before the fault goes on its way. */
export type Failed = (kernel: TileKernel, error: unknown) => void;

/** The compiler with a memory: each kernel is compiled once for each target, and each form of a graph is planned once. */
export class Compiler {
  readonly #target: () => Target;
  readonly #choose: Choose | undefined;
  readonly #numbers = new SteadyNumbers();
  readonly #known = new Map<string, CompiledKernel>();
  readonly #programs = new ProgramMemory();

  constructor(target: () => Target, choose?: Choose) {
    this.#target = target;
    this.#choose = choose;
  }

  /** What kernels are compiled for now. */
  get target(): Target {
    return this.#target();
  }

  /** Configs that are tried later do not count as failed: nobody asked for them. */
  compile(graph: Graph, failed: Failed = () => undefined): Program {
    return this.compileForm({ graph: () => graph, form: formOf(graph, this.#target()) }, failed);
  }

  /** The same of a graph whose form is known already: it is asked for only where its program is not. */
  compileForm(
    { graph, form }: { readonly graph: () => Graph; readonly form: GraphForm },
    failed: Failed = () => undefined,
  ): Program {
    const known = this.#programs.find(form, (choice) => this.#choose?.(choice));
    if (known !== undefined) return known;
    const said: Said[] = [];
    const program = this.#plan(graph(), said, failed);
    this.#programs.keep(form, program, said);
    return program;
  }

  #plan(graph: Graph, said: Said[], failed: Failed): Program {
    let isTrial = false;
    const compile: CompileKernel = (kernel, target, options) => {
      try {
        return this.#kernel(kernel, target, options);
      } catch (error) {
        if (!isTrial) failed(kernel, error);
        throw error;
      }
    };
    const chosen = new Set<Choice>();
    const choose: Choose = (choice) => {
      isTrial = true;
      const config = this.#choose?.(choice);
      isTrial = false;
      said.push([choice, config]);
      if (!isOwn(choice, config)) chosen.add(choice);
      return config;
    };
    const program = compileGraph(graph, this.#target(), { compile, choose, numbers: this.#numbers });
    isTrial = true;
    return { ...program, remarks: [...program.remarks, ...tunedRemarks(program, chosen)] };
  }

  #kernel(kernel: TileKernel, target: Target, options: CompileOptions): CompiledKernel {
    // The spans are part of the key: the same kernel elsewhere in a cell links to other lines.
    const key = JSON.stringify([target, optionsKey(options), encodeTile(kernel)]);
    const compiled = this.#known.get(key) ?? compileKernel(kernel, target, options);
    this.#known.delete(key);
    this.#known.set(key, compiled);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KERNELS) break;
      this.#known.delete(oldest);
    }
    return compiled;
  }
}

/** A config that nobody measured or pinned. */
function isOwn({ first, later, often }: Choice, config: Config | undefined): boolean {
  return config === undefined || [first, later, often?.config].includes(config);
}

/** Which kernels do not go the compiler's own way: each once. */
function tunedRemarks({ dispatches, kernels }: Program, chosen: ReadonlySet<Choice>): readonly FaultData[] {
  const tuned = dispatches.filter(({ choice }) => choice !== undefined && chosen.has(choice));
  const names = new Set(tuned.map(({ kernel }) => kernels[kernel]?.name ?? ""));
  return Array.from(names, (name) => ({
    code: "tune/config",
    message: `${name} uses the config that was the fastest on this device, or that the notebook pins: see the tuner`,
  }));
}
