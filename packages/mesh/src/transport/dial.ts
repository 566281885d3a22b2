/** What two sides say to each other to get a connection. */
export interface DialWord {
  /** Names the attempt. */
  readonly session: string;
  readonly kind: "offer" | "answer" | "candidate";
  /** A description (SDP), or a candidate (JSON). */
  readonly body: string;
}

export interface DialOptions<T> {
  readonly session: string;
  readonly connection: RTCPeerConnection;
  /** Passes it to the other side, by whatever way there is. */
  readonly tell: (word: DialWord) => void;
  /** Opens what the connection is for, from before its descriptions are made. */
  readonly open: (connection: RTCPeerConnection) => Promise<T>;
  /** It is open. Not called after `close`. */
  readonly opened: (got: T, connection: RTCPeerConnection) => void;
}

/** One attempt at a connection, of either side. */
export class Dial<T> {
  readonly session: string;
  readonly #connection: RTCPeerConnection;
  readonly #tell: (kind: DialWord["kind"], body: string) => void;
  /** Candidates that came before the description that they belong to. */
  #early: RTCIceCandidateInit[] = [];
  #isOver = false;

  constructor({ session, connection, tell, open, opened }: DialOptions<T>) {
    this.session = session;
    this.#connection = connection;
    this.#tell = (kind, body) => tell({ session, kind, body });
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate === null || candidate.candidate === "") return;
      // Those that come before the description wait on the other side.
      this.#tell("candidate", JSON.stringify(candidate.toJSON()));
    });
    open(connection).then(
      (got) => (this.#isOver ? connection.close() : opened(got, connection)),
      () => connection.close(),
    );
  }

  async offer(): Promise<void> {
    const connection = this.#connection;
    await connection.setLocalDescription(await connection.createOffer());
    this.#tell("offer", connection.localDescription?.sdp ?? "");
  }

  async hear(kind: DialWord["kind"], body: string): Promise<void> {
    if (kind === "candidate") return this.#candidate(JSON.parse(body) as RTCIceCandidateInit);
    await this.#connection.setRemoteDescription({ type: kind, sdp: body });
    const early = this.#early;
    this.#early = [];
    for (const candidate of early) await this.#connection.addIceCandidate(candidate);
    if (kind === "offer") await this.#answer();
  }

  close(): void {
    this.#isOver = true;
    this.#connection.close();
  }

  async #answer(): Promise<void> {
    const connection = this.#connection;
    await connection.setLocalDescription(await connection.createAnswer());
    this.#tell("answer", connection.localDescription?.sdp ?? "");
  }

  async #candidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.#connection.remoteDescription === null) this.#early.push(candidate);
    else await this.#connection.addIceCandidate(candidate);
  }
}
