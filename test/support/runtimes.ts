import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { requireCondition } from "./tools.js";

/** A JavaScript runtime that tests run the package under. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** What stands before a script on the command line. */
  readonly words: readonly [string, ...string[]];
}

interface Wanted {
  readonly name: string;
  readonly expected: RegExp;
  /** Where its package has it, below node_modules of the folder of runtimes. */
  readonly packaged: string;
  /** What it is called on the PATH. */
  readonly command: string;
  readonly words: readonly string[];
}

const ownMajor = Number(process.versions.node.split(".", 1)[0]);

/** The Node.js that runs the tests stands for its own version. */
const node = (major: number): Wanted => ({
  name: `node-${major}`,
  expected: new RegExp(`^v(${major}\\..*)`),
  packaged: `node-${major}/bin/node`,
  command: major === ownMajor ? process.execPath : "node",
  words: [],
});

const wanted: readonly Wanted[] = [
  ...[...new Set([20, 22, 24, 26, ownMajor])].map(node),
  { name: "bun", expected: /^(\d.*)/, packaged: "bun/bin/bun", command: "bun", words: [] },
  {
    name: "deno",
    expected: /^deno (\S+)/,
    packaged: "deno/deno",
    command: "deno",
    words: ["run", "--quiet", "--allow-all", "--node-modules-dir=manual"],
  },
];

/**
 * The runtimes that are here: in the folder that ROLESANYWHERE_TS_RUNTIMES names, where `.ci/run` puts them by npm, else
 * on the PATH. Those that are absent are named when the run ends.
 */
export function findRuntimes(): readonly Runtime[] {
  return find(wanted, "the package under this runtime");
}

/** Versions of Node.js that are too old for the program. */
export function findOldRuntimes(): readonly Runtime[] {
  return find([12, 18].map(node), "the executable under a Node.js that is too old");
}

function find(candidates: readonly Wanted[], what: string): readonly Runtime[] {
  const folder = process.env["ROLESANYWHERE_TS_RUNTIMES"];
  return candidates.flatMap(({ name, expected, packaged, command, words }) => {
    const inFolder = folder === undefined ? undefined : join(folder, "node_modules", packaged);
    const program = inFolder !== undefined && existsSync(inFolder) ? inFolder : command;
    const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 30_000 });
    const version = expected.exec(stdout ?? "")?.[1];
    const reason = `${name} on the PATH or in the folder ROLESANYWHERE_TS_RUNTIMES`;
    if (!requireCondition(what, version !== undefined, reason)) return [];
    return [{ name, version: version ?? "", words: [program, ...words] as const }];
  });
}
