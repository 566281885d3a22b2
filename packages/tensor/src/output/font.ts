/*
 * Letters of 3 x 5 pixels for labels inside pictures. Each is 15 bits in octal, three a row from the top;
 * in a row 4 is the left pixel: "7 5 5 5 7" is a box, which is the 0.
 */
const glyphs: Readonly<Record<string, string>> = {
  "0": "75557",
  "1": "26227",
  "2": "71747",
  "3": "71717",
  "4": "55711",
  "5": "74717",
  "6": "74757",
  "7": "71122",
  "8": "75757",
  "9": "75717",
  ".": "00002",
  ",": "00024",
  "-": "00700",
  "+": "02720",
  "%": "51245",
  ":": "02020",
  "=": "07070",
  ">": "42124",
  "<": "12421",
  "/": "11244",
  "?": "71202",
  "(": "12221",
  ")": "42224",
  a: "25755",
  b: "65656",
  c: "34443",
  d: "65556",
  e: "74647",
  f: "74644",
  g: "34553",
  h: "55755",
  i: "72227",
  j: "11152",
  k: "55655",
  l: "44447",
  m: "57755",
  n: "65555",
  o: "25552",
  p: "65644",
  q: "25573",
  r: "65655",
  s: "34216",
  t: "72222",
  u: "55557",
  v: "55552",
  w: "55775",
  x: "55255",
  y: "55222",
  z: "71247",
};

export const GLYPH_HEIGHT = 5;
export const GLYPH_ADVANCE = 4;

/** Calls `dot` for each inked pixel of `text`, with (0, 0) at the top left of its first letter. */
export function drawText(text: string, dot: (x: number, y: number) => void): void {
  Array.from(text.toLowerCase()).forEach((letter, at) => {
    const rows = glyphs[letter] ?? "00000";
    Array.from(rows).forEach((row, y) => {
      for (let x = 0; x < 3; x++) if (Number(row) & (4 >> x)) dot(at * GLYPH_ADVANCE + x, y);
    });
  });
}
