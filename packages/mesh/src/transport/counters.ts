/** What went over a connection since it was opened, in bytes and messages. */
export interface Traffic {
  /** Bytes of the streams themselves: what the formulas of collectives count. */
  readonly payload: number;
  /** Heads, openings, credits, heartbeats. */
  readonly framing: number;
  readonly messages: number;
}

/** Counts one direction. */
export class Counter implements Traffic {
  payload = 0;
  framing = 0;
  messages = 0;

  count(payload: number, framing: number): void {
    this.payload += payload;
    this.framing += framing;
    this.messages += 1;
  }

  now(): Traffic {
    const { payload, framing, messages } = this;
    return { payload, framing, messages };
  }
}
