import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { requireCondition } from "./tools.js";

/** JavaScript runtime under which tests run the package. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** Program and arguments before the script on the command line. */
  readonly words: readonly [string, ...string[]];
}

interface Wanted {
  readonly name: string;
  readonly expected: RegExp;
  /** Path in its package, below node_modules of the folder of runtimes. */
  readonly packaged: string;
  /** Name on the PATH. */
  readonly command: string;
  readonly words: readonly string[];
}

const ownMajor = Number(process.versions.node.split(".", 1)[0]);

/** The Node.js that runs the tests serves for its own version. */
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
 * Finds the available runtimes: in the folder that ROLESANYWHERE_TS_RUNTIMES names, where `.ci/run` installs them with
 * npm, else on the PATH. Missing ones are listed when the run ends.
 */
export function findRuntimes(): readonly Runtime[] {
  return find(wanted, "the package under this runtime");
}

/** Finds versions of Node.js that are too old for the program. */
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
