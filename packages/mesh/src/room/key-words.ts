import { fromBase64Url } from "./base64url.ts";
import type { KeyId } from "./identity.ts";

const consonants = "bdfghjklmnprstvz";
const vowels = "aiou";

/**
 * A key as four words that can be read aloud and compared, 64 bits of its name: `lusab-babad-gutih-tugad`. Each word is 16 bits, as consonants of four bits and
 * vowels of two in turn (proquints, D. S. Wilkerson, arXiv:0901.4016). Fault `room/link` where it is no key's name.
 */
export function keyWords(id: KeyId): string {
  const bytes = fromBase64Url(id);
  return [0, 2, 4, 6].map((at) => word(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))).join("-");
}

function word(bits: number): string {
  const consonant = (shift: number): string => consonants[(bits >> shift) & 15] ?? "";
  const vowel = (shift: number): string => vowels[(bits >> shift) & 3] ?? "";
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}
