import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cleanEnvironment } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const posix = requireCondition("the quickstart under umask 077", process.platform !== "win32", "a POSIX system");

/** The parts of a clone that quickstart uses, at a path with spaces. */
function createClone(): string {
  const clone = join(createScratch("clone"), "my clone of it");
  mkdirSync(join(clone, "scripts"), { recursive: true });
  cpSync(join(root, "scripts", "quickstart.mjs"), join(clone, "scripts", "quickstart.mjs"));
  cpSync(join(root, "dist", "rolesanywhere-ts.cjs"), join(clone, "dist", "rolesanywhere-ts.cjs"));
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"), "dir");
  return clone;
}

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly left: readonly string[];
}

/** Runs it with nothing but Node.js on the PATH, and lists what it left in HOME and the temporary folder. */
function run(clone: string, extra: Record<string, string> = {}): Promise<Ran> {
  const home = createScratch("home");
  const temporary = createScratch("tmp");
  const bin = createScratch("bin");
  symlinkSync(process.execPath, join(bin, "node"));
  const env = cleanEnvironment({ HOME: home, TMPDIR: temporary, PATH: `${bin}:/usr/bin:/bin`, ...extra });
  const script = join(clone, "scripts", "quickstart.mjs");
  return new Promise((resolve) => {
    execFile("sh", ["-c", 'umask 077; exec node "$0"', script], { env, cwd: clone }, (error, stdout, stderr) => {
      const left = [home, temporary].flatMap((folder) => readdirSync(folder, { recursive: true }).map(String));
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr, left });
    });
  });
}

describe.skipIf(!posix)("npm run quickstart", () => {
  it("ends well in an empty HOME, at a path with spaces, under umask 077, and leaves nothing", async () => {
    const { status, stdout, stderr, left } = await run(createClone());
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/GetCallerIdentity: arn:aws:sts::111122223333:assumed-role\/Demo\/[0-9a-f]{32} \(\d/);
    expect(stdout).toMatch(/GetCallerIdentity: arn:aws:sts::111122223333:assumed-role\/Target\/\S+ \(\d/);
    expect(stdout).toMatch(/^\$ .*credential-process --settings-profile chained$/m);
    expect(left).toEqual([]);
  });

  it("keeps the caller's AWS settings out", async () => {
    const { status, stdout } = await run(createClone(), {
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_PROFILE: "nothing",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      ROLESANYWHERE_TS_CERTIFICATE: "/nowhere",
      HTTP_PROXY: "http://127.0.0.1:1",
    });
    expect(status).toBe(0);
    expect(stdout).toContain("All good");
  });

  it("fails loudly, and leaves nothing then either", async () => {
    const clone = createClone();
    writeFileSync(join(clone, "dist", "rolesanywhere-ts.cjs"), "process.exit(3)");
    const { status, stderr, left } = await run(clone);
    expect(stderr).toBe("quickstart failed: the emulator ended with status 3\n");
    expect(status).toBe(1);
    expect(left).toEqual([]);
  });
});
