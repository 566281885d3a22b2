/**
 * Carries short texts among those who know a topic's name: what a rendezvous needs of a relay. Texts may be lost, come twice, or come from anyone;
 * what is in them is sealed.
 */
export interface Topics {
  /** Hears what others publish from now on. Resolves, once that is so, with the function that stops it. */
  subscribe(topic: string, heard: (text: string) => void): Promise<() => void>;
  publish(topic: string, text: string): void;
  /** How often, in milliseconds, those who wait for someone may call. */
  readonly every: number;
  /** Servers that whoever is at the other end offers, for devices that do not see each other: as of now, none before it has said so. */
  readonly iceServers?: readonly RTCIceServer[];
  close(): void;
}

/** A description of a connection with all its candidates is below 4 KB. */
export const mostText: number = 16 * 1024;
