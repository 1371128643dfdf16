// npm run mutants: breaks the sources on purpose, one small fault at a time, and tells which faults no test notices.
//
//   npm run mutants -- --seed 1 --sample 200 --minutes 20 --rooms aws,vending --files src/aws/http/
//   npm run mutants -- --report report.json; npm run mutants -- --again report.json --tests test/aws/,test/vending/
//   npm run mutants -- --survey --sample 100000
//
// Faults are made as modules are loaded; no file is changed. Only tests that run the sources in their own process count, since
// those of the executable take minutes for each fault, and the type checker. Stryker needs Node.js 22 and takes no sample.
// All tests of one fault may take 30 seconds, by what they took without it (--seconds). test/mutants.json keeps the accepted survivors, each with its reason.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { findMutants } from "./operators.js";
import type { Mutant } from "./operators.js";
import { findTests } from "./related-tests.js";
import { createTypeCheck } from "./type-check.js";
import type { Answer, Task } from "./worker.js";

const allRooms = ["aws", "signing", "settings", "identity", "vending"];
/** Ends a fault that loops forever, or after ten times the test's usual time; it counts as caught. */
const testLimitMs = 60_000;
const surveyLimitMs = 180_000;

interface Surveyed {
  readonly ms: number;
  readonly reached: ReadonlySet<number>;
}

type Verdict = "caught" | "endless" | "types" | "survived" | "unreached";

interface Result {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly by?: string | undefined;
}

/** Known survivor, and why no test notices it. */
interface Accepted {
  readonly file: string;
  readonly operator: string;
  readonly text: string;
  readonly reason: string;
}

export async function main(words: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seed: { type: "string", default: "1" },
      sample: { type: "string", default: "200" },
      minutes: { type: "string", default: "20" },
      rooms: { type: "string", default: allRooms.join(",") },
      files: { type: "string", default: "" },
      report: { type: "string" },
      again: { type: "string" },
      tests: { type: "string", default: "" },
      seconds: { type: "string", default: "30" },
      survey: { type: "boolean", default: false },
      floor: { type: "string", default: "85" },
    },
  });
  const rooms = values.rooms.split(",");
  const endMs = performance.now() + Number(values.minutes) * 60_000;
  const all = rooms.flatMap((room) => mutantsOf(root, room)).filter(({ file }) => file.startsWith(values.files));
  const sample =
    values.again === undefined
      ? pick(all, Number(values.sample), Number(values.seed))
      : findAgain(all, JSON.parse(readFileSync(values.again, "utf8")) as Result[]);
  const related = await findTests(root, new Set(sample.map(({ file }) => file)));
  const tests = related.filter((test) => values.tests.split(",").some((start) => test.startsWith(start)));
  say(`${sample.length} of ${all.length} mutants, seed ${values.seed}; ${tests.length} test files`);
  const host = createHost(root);
  const isTypeError = createTypeCheck(root);
  try {
    const surveyed = await survey(host, tests, sample);
    if (values.survey) return showUnreached(sample, surveyed);
    const results: Result[] = [];
    for (const [number, mutant] of sample.entries()) {
      if (performance.now() > endMs) {
        say(`the time is over: ${sample.length - results.length} mutants of the sample were not tried`);
        break;
      }
      const result = await tryMutant(host, number, mutant, surveyed, isTypeError, 1000 * Number(values.seconds));
      results.push(result);
      const { verdict, by } = result;
      say(
        `${String(number + 1).padStart(4)} ${verdict.padEnd(9)} ${describe(mutant)}${by === undefined ? "" : `  [${by}]`}`,
      );
    }
    if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(results, undefined, 1)}\n`);
    return conclude(results, readAccepted(root), Number(values.floor));
  } finally {
    host.close();
  }
}

function mutantsOf(root: string, room: string): readonly Mutant[] {
  return readdirSync(join(root, "src", room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .sort()
    .flatMap((name) => {
      const file = `src/${room}/${name}`;
      return findMutants(file, readFileSync(join(root, file), "utf8"));
    });
}

/**
 * Picks one mutant of every file, then others at random: the same seed and sources give the same sample, and a smaller
 * sample is the start of a larger one.
 */
function pick(all: readonly Mutant[], count: number, seed: number): readonly Mutant[] {
  const random = createRandom(seed);
  const shuffled = all.map((mutant) => ({ mutant, chance: random() })).sort((one, other) => one.chance - other.chance);
  const firsts = new Map(shuffled.toReversed().map(({ mutant }) => [mutant.file, mutant]));
  const isFirst = (mutant: Mutant) => firsts.get(mutant.file) === mutant;
  const mutants = shuffled.map(({ mutant }) => mutant);
  return [...mutants.filter(isFirst), ...mutants.filter((mutant) => !isFirst(mutant))].slice(0, count);
}

/** Finds the mutants that an earlier report missed, in the current sources. */
function findAgain(all: readonly Mutant[], earlier: readonly Result[]): readonly Mutant[] {
  const missed = earlier.filter(({ verdict }) => isMissed(verdict)).map(({ mutant }) => mutant);
  const found = missed.flatMap(({ line, ...mutant }) => {
    const alike = all.filter(
      ({ file, operator, shown, replacement }) =>
        file === mutant.file &&
        operator === mutant.operator &&
        shown === mutant.shown &&
        replacement === mutant.replacement,
    );
    return alike.sort((one, other) => Math.abs(one.line - line) - Math.abs(other.line - line)).slice(0, 1);
  });
  return [...new Set(found)];
}

/** mulberry32: small, and the same on every machine. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
}

interface Host {
  /** Passes every answer to the listener until it returns true; false if the time is over or the worker died. */
  ask(task: Task, limitMs: number, listen: (answer: Answer) => boolean): Promise<boolean>;
  close(): void;
}

function createHost(root: string): Host {
  let worker: Promise<ChildProcess> | undefined;
  const start = () =>
    new Promise<ChildProcess>((resolve, reject) => {
      const child = fork(join(root, "scripts/run-typescript.mjs"), ["scripts/mutants/worker.ts"], {
        cwd: root,
        stdio: ["ignore", "ignore", process.env["MUTANTS_DEBUG"] === undefined ? "ignore" : "inherit", "ipc"],
        execArgv: [],
        // Separate process group, so that a test in an endless loop ends with it.
        detached: true,
      });
      child.once("message", () => resolve(child));
      child.once("exit", () => reject(new Error("the worker does not start")));
    });
  return {
    async ask(task, limitMs, listen) {
      worker ??= start();
      const child = await worker;
      return new Promise((resolve) => {
        const finish = (answered: boolean) => {
          clearTimeout(timer);
          child.removeAllListeners();
          if (!answered) {
            endGroup(child);
            worker = undefined;
          }
          resolve(answered);
        };
        const timer = setTimeout(() => finish(false), limitMs);
        child.on("message", (answer: Answer) => {
          if (listen(answer)) finish(true);
          else timer.refresh();
        });
        child.once("exit", () => finish(false));
        child.send(task);
      });
    },
    close: () => void worker?.then((child) => child.disconnect()),
  };
}

/** Runs every test file once without a fault. Leaves out files that fail or never end. */
async function survey(
  host: Host,
  tests: readonly string[],
  mutants: readonly Mutant[],
): Promise<ReadonlyMap<string, Surveyed>> {
  const surveyed = new Map<string, Surveyed>();
  let left = tests;
  while (left.length > 0) {
    let done = 0;
    await host.ask({ kind: "survey", tests: left, mutants }, surveyLimitMs, (answer) => {
      if (answer.kind !== "surveyed") return answer.kind === "survey-ended";
      done++;
      const { test, passed, ms, reached } = answer;
      if (passed) surveyed.set(test, { ms, reached: new Set(reached) });
      else say(`left out, since it fails without a fault: ${test}`);
      return false;
    });
    if (done < left.length) say(`left out, since it does not end: ${left[done]}`);
    left = left.slice(done + 1);
  }
  const total = [...surveyed.values()].reduce((sum, { ms }) => sum + ms, 0);
  say(`${surveyed.size} test files pass, in ${Math.round(total / 1000)} s`);
  return surveyed;
}

async function tryMutant(
  host: Host,
  number: number,
  mutant: Mutant,
  surveyed: ReadonlyMap<string, Surveyed>,
  isTypeError: (mutant: Mutant) => boolean,
  patienceMs: number,
): Promise<Result> {
  const tests = [...surveyed]
    .filter(([, { reached }]) => reached.has(number))
    .map(([test, { ms }]) => ({ test, ms, cost: ms / closeness(mutant.file, test) }))
    .sort((one, other) => one.cost - other.cost);
  let spentMs = 0;
  for (const [place, { test, ms }] of tests.entries()) {
    spentMs += ms;
    if (place > 0 && spentMs > patienceMs) break;
    let by: string | undefined;
    const ended = await host.ask({ kind: "mutant", test, mutant }, testLimitMs + 10 * ms, (answer) => {
      if (answer.kind !== "mutant-ended") return false;
      by = answer.caughtBy;
      return true;
    });
    if (!ended) return { mutant, verdict: "endless", by: test };
    if (by !== undefined) return { mutant, verdict: "caught", by };
    if (place === 0 && isTypeError(mutant)) return { mutant, verdict: "types" };
  }
  if (tests.length > 0) return { mutant, verdict: "survived" };
  return { mutant, verdict: isTypeError(mutant) ? "types" : "unreached" };
}

/** Estimates by folder and name how likely a test file is to notice the fault. */
function closeness(file: string, test: string): number {
  const folder = file.slice("src/".length, file.lastIndexOf("/"));
  const stem = basename(file, ".ts");
  return (test.startsWith(`test/${folder}/`) ? 8 : 1) * (basename(test).startsWith(stem) ? 50 : 1);
}

/** Lists files with the lines that no test reaches: write tests for those first. */
function showUnreached(mutants: readonly Mutant[], surveyed: ReadonlyMap<string, Surveyed>): number {
  const reached = new Set([...surveyed.values()].flatMap((one) => [...one.reached]));
  const lines = new Map<string, Set<number>>();
  for (const [number, { file, line }] of mutants.entries()) {
    if (!reached.has(number)) lines.set(file, (lines.get(file) ?? new Set()).add(line));
  }
  for (const [file, unreached] of lines) say(`${file}: ${[...unreached].join(" ")}`);
  const count = mutants.filter((_, number) => !reached.has(number)).length;
  say(`no test reaches ${count} of ${mutants.length} mutants`);
  return 0;
}

function readAccepted(root: string): readonly Accepted[] {
  return JSON.parse(readFileSync(join(root, "test/mutants.json"), "utf8")) as Accepted[];
}

function conclude(results: readonly Result[], accepted: readonly Accepted[], floor: number): number {
  const missed = results.filter(({ verdict }) => isMissed(verdict));
  const rooms = [...new Set(results.map(({ mutant }) => roomOf(mutant)))].sort();
  for (const room of rooms)
    sayShare(
      room,
      results.filter(({ mutant }) => roomOf(mutant) === room),
    );
  const share = sayShare("all", results);
  for (const { mutant, verdict } of missed) {
    const known = accepted.find(
      ({ file, operator, text }) => file === mutant.file && operator === mutant.operator && text === mutant.shown,
    );
    say(`${verdict}: ${describe(mutant)}${known === undefined ? "" : `; known: ${known.reason}`}`);
  }
  return share >= floor ? 0 : 1;
}

function isMissed(verdict: Verdict): boolean {
  return verdict === "survived" || verdict === "unreached";
}

function sayShare(name: string, results: readonly Result[]): number {
  const caught = results.filter(({ verdict }) => !isMissed(verdict)).length;
  const byTypes = results.filter(({ verdict }) => verdict === "types").length;
  const share = results.length === 0 ? 100 : (caught / results.length) * 100;
  say(
    `${name.padEnd(10)} ${String(caught).padStart(4)} of ${String(results.length).padStart(4)} caught, ${share.toFixed(1)} %; ${byTypes} of them by the type checker`,
  );
  return share;
}

function roomOf({ file }: Mutant): string {
  return file.split("/")[1] ?? "";
}

function describe({ file, line, operator, shown, replacement }: Mutant): string {
  return `${file}:${line} ${operator}: ${shown} -> ${replacement.split("\n", 1)[0]}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
