/*
 * A file that the person chose goes by a token, which is the value of its control: a number, so that each choice is another
 * value, and its name.
 */

const tokens = /^chosen:\d+:(.*)$/s;
/** File systems allow 255 bytes. */
const mostName = 200;

/** The token of the choice of this number. */
export function chosenToken(count: number, name: string): string {
  return `chosen:${count}:${name.slice(0, mostName)}`;
}

/** The file's name, or undefined where this is no such token. */
export function chosenName(token: string): string | undefined {
  return tokens.exec(token)?.[1];
}
