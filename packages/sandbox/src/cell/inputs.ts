import { Fault } from "@tilebook/base";
import type { InputOutput, InputValue } from "@tilebook/notebook";

export interface SliderOptions {
  readonly min: number;
  readonly max: number;
  /** Default: a hundredth of the range. */
  readonly step?: number;
  readonly value?: number;
}

export interface FileOptions {
  /** Endings of names, with commas between: ".safetensors, .npy". Any file by default. */
  readonly accept?: string;
  /** Where such a file can be had: https. It has to stand in the notebook as it is, else the page does not offer it. */
  readonly address?: string;
}

const sliderLike = 'for example slider("tau", { min: 1, max: 100, value: 80 })';
const selectLike = 'for example select("shape", ["box", "hat"])';
const fileLike = 'for example await fileInput("weights", { accept: ".safetensors, .npy" })';

function wrong(what: string, needed: string, like: string): Fault {
  return new Fault("input/options", `${what} takes ${needed}`, { hint: like });
}

/** Fault `input/options` for what is no object, or has names that it does not know. */
function needOptions(
  what: string,
  given: unknown,
  { names, like }: { readonly names: readonly string[]; readonly like: string },
): void {
  if (typeof given !== "object" || given === null) throw wrong(what, "its options as an object", like);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new Fault("input/options", `${what} has no option "${unknown}"`, {
    hint: `its options: ${names.join(", ")}`,
  });
}

/**
 * The controls of one run of one cell. A control is known by its label. It shows itself and gives its value:
 * what the person set it to, as long as that is allowed, else the default.
 */
export class Inputs {
  readonly #set: Readonly<Record<string, InputValue>>;
  readonly #show: (output: InputOutput) => void;
  readonly #used = new Set<string>();

  constructor(set: Readonly<Record<string, InputValue>>, show: (output: InputOutput) => void) {
    this.#set = set;
    this.#show = show;
  }

  readonly slider = (label: string, options: SliderOptions): number => {
    const name = this.#name(label);
    needOptions("slider", options, { names: ["min", "max", "step", "value"], like: sliderLike });
    const { min, max, step = (max - min) / 100, value = min } = options;
    if (![min, max, step, value].every(Number.isFinite) || min >= max || step <= 0)
      throw new Fault("input/range", `slider("${name}") needs numbers with min < max and step > 0`, {
        hint: sliderLike,
      });
    const chosen = this.#chosen(
      name,
      (set): set is number => typeof set === "number" && set >= min && set <= max,
    );
    const now = chosen ?? Math.min(max, Math.max(min, value));
    this.#show({ kind: "input", control: "slider", name, label: name, min, max, step, value: now });
    return now;
  };

  readonly select = (label: string, options: readonly string[], value?: string): string => {
    const name = this.#name(label);
    if (!Array.isArray(options)) throw wrong("select", "its options as a list", selectLike);
    const list = Array.from(options, String);
    const [first] = list;
    if (first === undefined)
      throw new Fault("input/options", `select("${name}") needs at least one option`, { hint: selectLike });
    const chosen = this.#chosen(name, (set): set is string => typeof set === "string" && list.includes(set));
    const now = chosen ?? (value !== undefined && list.includes(value) ? value : first);
    this.#show({ kind: "input", control: "select", name, label: name, options: list, value: now });
    return now;
  };

  readonly toggle = (label: string, value?: unknown): boolean => {
    const name = this.#name(label);
    const now = this.#chosen(name, (set) => typeof set === "boolean") ?? Boolean(value);
    this.#show({ kind: "input", control: "toggle", name, label: name, value: now });
    return now;
  };

  readonly text = (label: string, value: unknown = ""): string => {
    const name = this.#name(label);
    const now = this.#chosen(name, (set) => typeof set === "string") ?? String(value);
    this.#show({ kind: "input", control: "text", name, label: name, value: now });
    return now;
  };

  /** The token of the file that was chosen, or an empty text. */
  readonly file = (label: string, options: FileOptions = {}): string => {
    const name = this.#name(label);
    needOptions("fileInput", options, { names: ["accept", "address"], like: fileLike });
    const { accept = "", address = "" } = options;
    if (!/^(?:\.[\w.-]{1,20}(?:,\s*|$)){0,8}$/.test(accept))
      throw new Fault("input/accept", `fileInput("${name}") cannot accept ${JSON.stringify(accept)}`, {
        hint: fileLike,
      });
    if (address !== "" && !/^https:\/\/\S{1,1990}$/.test(address))
      throw new Fault("input/address", `fileInput("${name}") cannot suggest ${JSON.stringify(address)}`, {
        hint: "an address begins with https://, and stands in the notebook as it is",
      });
    const now = this.#chosen(name, (set) => typeof set === "string") ?? "";
    this.#show({ kind: "input", control: "file", name, label: name, accept, address, value: now });
    return now;
  };

  #name(label: unknown): string {
    if (typeof label !== "string" && typeof label !== "number")
      throw wrong("a control", "a label first, a text", sliderLike);
    const name = String(label);
    if (this.#used.has(name))
      throw new Fault("input/duplicate", `this cell already has a control named "${name}"`, {
        hint: "give each control of a cell its own label",
      });
    this.#used.add(name);
    return name;
  }

  #chosen<T extends InputValue>(name: string, allowed: (set: InputValue) => set is T): T | undefined {
    const set = Object.hasOwn(this.#set, name) ? this.#set[name] : undefined;
    return set !== undefined && allowed(set) ? set : undefined;
  }
}
