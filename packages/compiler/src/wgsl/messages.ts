import { messageLayout } from "../messages.ts";

/** The message buffer, as ../messages.ts lays it out, and the functions that write to it. */
export function messageLines(binding: number, asserts: boolean): readonly string[] {
  return [
    "struct Messages {",
    "  count: atomic<u32>, failed: atomic<u32>, failures: atomic<u32>, unused: u32, words: array<u32>,",
    "}",
    `@group(0) @binding(${binding}) var<storage, read_write> messages: Messages;`,
    ...reportLines,
    ...(asserts ? [...failLines, ...concludeLines] : []),
  ];
}

const { recordWords, mostRecords, failureWords, mostFailures } = messageLayout;

const reportLines: readonly string[] = [
  "fn report(site: u32, program: u32, moment: i32, visit: i32, place: i32, bits: u32) {",
  "  let slot = atomicAdd(&messages.count, 1u);",
  `  if (slot < ${mostRecords}u) {`,
  `    let start = slot * ${recordWords}u;`,
  "    messages.words[start] = site;",
  "    messages.words[start + 1u] = program;",
  "    messages.words[start + 2u] = u32(moment);",
  "    messages.words[start + 3u] = u32(visit);",
  "    messages.words[start + 4u] = u32(place);",
  "    messages.words[start + 5u] = bits;",
  "  }",
  "}",
];

/** Each thread remembers the first of its elements that failed. */
const failLines: readonly string[] = [
  "var<private> failed_site: u32 = 0u;",
  "var<private> failed_moment: u32 = 0xffffffffu;",
  "var<private> failed_place: u32 = 0xffffffffu;",
  "fn fail(site: u32, moment: i32, place: i32) {",
  "  let earlier = u32(moment) < failed_moment;",
  "  if (earlier || (u32(moment) == failed_moment && u32(place) < failed_place)) {",
  "    failed_site = site;",
  "    failed_moment = u32(moment);",
  "    failed_place = u32(place);",
  "  }",
  "}",
];

/**
 * Of all threads the one with the first failure notes it, when no program before this one has failed so far. Numbers are
 * turned round (~), since memory begins with zero and the least is asked for.
 */
const concludeLines: readonly string[] = [
  "var<workgroup> first_moment: atomic<u32>;",
  "var<workgroup> first_place: atomic<u32>;",
  "fn conclude(program: u32) {",
  "  atomicMax(&first_moment, ~failed_moment);",
  "  workgroupBarrier();",
  "  let first = failed_moment != 0xffffffffu && ~failed_moment == atomicLoad(&first_moment);",
  "  if (first) {",
  "    atomicMax(&first_place, ~failed_place);",
  "  }",
  "  workgroupBarrier();",
  "  if (first && ~failed_place == atomicLoad(&first_place)) {",
  "    if (atomicMax(&messages.failed, ~program) <= ~program) {",
  `      let slot = atomicAdd(&messages.failures, 1u) % ${mostFailures}u;`,
  `      let start = ${mostRecords * recordWords}u + slot * ${failureWords}u;`,
  "      messages.words[start] = program;",
  "      messages.words[start + 1u] = failed_site;",
  "      messages.words[start + 2u] = failed_moment;",
  "      messages.words[start + 3u] = failed_place;",
  "    }",
  "  }",
  "}",
];
