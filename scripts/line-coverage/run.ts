// npm run coverage [-- test files]: which lines of the sources the built executable runs under its black-box tests, by room.
// npm run coverage -- --from FOLDER: the same for tests that already ran with ROLESANYWHERE_TS_COVERAGE=FOLDER.
//
// This is a report, not a gate. Existing tools map scripts that are files. Most code of this executable is text in one file,
// compiled when needed, so its parts are mapped here.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readParts } from "./executable-parts.js";
import type { Part } from "./executable-parts.js";

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}
interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

export async function main(words: readonly string[], root: string): Promise<number> {
  const [option, given] = words;
  if (option === "--from" && given !== undefined) return reportFolder(given, root);
  const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-coverage-"));
  try {
    const tests = words.length === 0 ? ["test/cli/", "test/commands/"] : words;
    const { status } = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...tests], {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ROLESANYWHERE_TS_COVERAGE: folder },
    });
    if (status !== 0) say("some tests failed; what they ran counts all the same");
    return reportFolder(folder, root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportFolder(folder: string, root: string): number {
  const files = readdirSync(folder);
  if (files.length === 0) {
    say("no run of the executable left a trace");
    return 1;
  }
  report(
    measure(
      readParts(root),
      files.map((name) => join(folder, name)),
    ),
    files.length,
  );
  return 0;
}

/** For each source, its lines and whether a test ran them. */
type Lines = Map<string, Map<number, boolean>>;

function measure(parts: ReadonlyMap<string, readonly Part[]>, files: readonly string[]): Lines {
  const lines: Lines = new Map();
  const note = (file: string, line: number, ran: boolean) => {
    const known = lines.get(file) ?? new Map<number, boolean>();
    known.set(line, ran || known.get(line) === true);
    lines.set(file, known);
  };
  for (const part of [...parts.values()].flat()) {
    for (const { file, line } of part.places) note(file, line, false);
  }
  for (const path of files) {
    const { result } = JSON.parse(readFileSync(path, "utf8")) as { readonly result: readonly Script[] };
    for (const { url, functions } of result) {
      const [name = ""] = /rolesanywhere-ts\.cjs(?:\/[^/]+\.js)?$/.exec(url) ?? [];
      const ranges = functions.flatMap((found) => found.ranges);
      for (const part of parts.get(name) ?? []) markRun(part, ranges, note);
    }
  }
  return lines;
}

/** The innermost range around a position tells whether it ran. Ranges nest; outer ranges come first. */
function markRun(
  { start, places }: Part,
  ranges: readonly Range[],
  note: (file: string, line: number, ran: boolean) => void,
) {
  const sorted = [...ranges].sort(
    (one, other) => one.startOffset - other.startOffset || other.endOffset - one.endOffset,
  );
  const open: Range[] = [];
  let next = 0;
  for (const { offset, file, line } of [...places].sort((one, other) => one.offset - other.offset)) {
    const at = start + offset;
    for (let range = sorted[next]; range !== undefined && range.startOffset <= at; range = sorted[++next])
      open.push(range);
    while (open.length > 0 && (open.at(-1)?.endOffset ?? 0) <= at) open.pop();
    if ((open.findLast(({ endOffset }) => endOffset > at)?.count ?? 0) > 0) note(file, line, true);
  }
}

function report(lines: Lines, runs: number): void {
  const rooms = new Map<string, { lines: number; ran: number; unseen: number }>();
  for (const [file, known] of lines) {
    const room = file.split("/").length > 2 ? (file.split("/")[1] ?? "") : "(top)";
    const sum = rooms.get(room) ?? { lines: 0, ran: 0, unseen: 0 };
    const ran = [...known.values()].filter(Boolean).length;
    rooms.set(room, { lines: sum.lines + known.size, ran: sum.ran + ran, unseen: sum.unseen + (ran === 0 ? 1 : 0) });
  }
  say(`\nlines that ${runs} runs of the executable came by`);
  say("| room | lines | ran | share | files never run |\n| --- | ---: | ---: | ---: | ---: |");
  const rows = [...rooms].sort(([one], [other]) => (one < other ? -1 : 1));
  const all = { lines: 0, ran: 0, unseen: 0 };
  for (const [room, sum] of rows) {
    sayRow(room, sum);
    all.lines += sum.lines;
    all.ran += sum.ran;
    all.unseen += sum.unseen;
  }
  sayRow("all", all);
}

function sayRow(name: string, { lines, ran, unseen }: { lines: number; ran: number; unseen: number }): void {
  say(`| ${name} | ${lines} | ${ran} | ${((ran / Math.max(lines, 1)) * 100).toFixed(1)} % | ${unseen} |`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
