import { Fault, type Span } from "@tilebook/base";
import { hazardKey } from "../wgsl-cell.ts";

/** What is about to be done with WGSL that somebody wrote. */
export interface Hazard {
  /** The cell it stands in. */
  readonly source: string;
  readonly text: string;
  readonly entry: string;
  readonly stage: "compile" | "run";
}

/** The crash ledger, which outlives this worker and the page. */
export interface Ledger {
  /** Writes down, so that a crash cannot lose it, that this begins. False: it did not come back the last time. */
  begin(key: string, stage: Hazard["stage"]): Promise<boolean>;
  /** It came back. */
  end(key: string): void;
}

/**
 * Texts of WGSL that have not run on this device yet are dangerous: a driver may hang or take the browser's GPU process
 * with it. The first compile and the first run of each stand in a ledger while they last; what is found there later is
 * not done again before the person says so. Reference: security.md 3.4.6.
 */
export class Hazards {
  readonly #ledger: Ledger;
  readonly #known = new Set<string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** It has run to its end here, so a lost device is not held against it. */
  isKnown({ text, entry }: Pick<Hazard, "text" | "entry">): boolean {
    return this.#known.has(`run ${hazardKey(text, entry)}`);
  }

  /** Does it with an entry in the ledger, unless it is known to come back. Fault `executor/quarantined`. */
  async guard<T>(hazard: Hazard, work: () => Promise<T>): Promise<T> {
    const { text, entry, stage } = hazard;
    const key = hazardKey(text, entry);
    if (this.#known.has(`${stage} ${key}`)) return work();
    if (!(await this.#ledger.begin(key, stage))) throw quarantined(hazard);
    try {
      const result = await work();
      this.#known.add(`${stage} ${key}`);
      this.#ledger.end(key);
      return result;
    } catch (error) {
      // What took the device with it stays in the ledger; any other fault is an answer.
      if (!(error instanceof Fault) || !deadly.includes(error.code)) this.#ledger.end(key);
      throw error;
    }
  }
}

const deadly: readonly string[] = ["executor/lost-device", "executor/device-lost"];

function quarantined(hazard: Hazard): Fault {
  return new Fault(
    "executor/quarantined",
    `${hazard.entry} did not come back the last time: the GPU or the page was lost with it`,
    {
      span: spanOf(hazard),
      hint: "change the kernel, or let it run once more if something else was to blame",
    },
  );
}

/** The name of the entry point, where it is declared. */
function spanOf({ source, text, entry }: Hazard): Span {
  const declared = new RegExp(`\\bfn\\s+(?=${entry}\\b)`, "u").exec(text);
  const start = declared === null ? 0 : declared.index + declared[0].length;
  return { source, start, end: start + entry.length };
}
