/** Keeps bytes by their hash (`contentHash`) for longer than a worker lives. What it gives is checked, and what it cannot keep is sent again. */
export interface ContentShelf {
  get(hash: string): Promise<Uint8Array | undefined>;
  /** These bytes were sent: it may keep them. */
  offer(hash: string, bytes: Uint8Array): void;
}
