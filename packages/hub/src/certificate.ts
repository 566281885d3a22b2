import { X509Certificate } from "node:crypto";
import { getCertificate } from "@vitejs/plugin-basic-ssl";

export interface HubCertificate {
  /** Certificate and key. */
  readonly pem: string;
  /** SHA-256: how links name it. */
  readonly hash: Uint8Array<ArrayBuffer>;
}

const days = 3_650;

/** A hub's certificate. It is kept in `folder`, so that links stay good when the hub is started again. */
export async function hubCertificate(folder: string): Promise<HubCertificate> {
  const pem = await getCertificate(folder, "tilebook hub", ["tilebook.local"], days);
  const { fingerprint256 } = new X509Certificate(pem);
  return { pem, hash: new Uint8Array(fingerprint256.split(":").map((byte) => Number.parseInt(byte, 16))) };
}
