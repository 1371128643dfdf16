import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEntry, sealEntry } from "../../src/vending/cache/entry.js";
import type { Entry } from "../../src/vending/cache/entry.js";
import { createEmulatedIdentity } from "./emulated-identity.js";
import type { EmulatedIdentity } from "./emulated-identity.js";
import { runCli, startCli } from "./run-cli.js";
import type { CliResult, RunningCli } from "./run-cli.js";
import { createScratch } from "./scratch.js";

/** Identity with a separate home, whose cache a test may inspect. */
export interface CachedIdentity extends EmulatedIdentity {
  readonly home: string;
  readonly cacheFolder: string;
  readonly words: readonly string[];
  readonly run: (words?: readonly string[], env?: Readonly<Record<string, string | undefined>>) => Promise<CliResult>;
  readonly start: (words?: readonly string[]) => RunningCli;
  /** Names of the cache files with this ending. */
  readonly files: (ending: string) => readonly string[];
  /** CreateSession requests since the last call. */
  readonly takeCount: () => number;
  /** Rewrites every kept session with this identity's key. */
  readonly change: (change: (entry: Entry) => Entry) => void;
  /** Makes every kept session older by so many minutes. */
  readonly age: (minutes: number) => void;
}

export async function createCachedIdentity(): Promise<CachedIdentity> {
  const identity = await createEmulatedIdentity();
  const home = createScratch("home");
  const cacheFolder = join(home, ".cache", "rolesanywhere-ts");
  const words = ["credential-process", ...identity.flags, "--role-arn", identity.roleArn("Demo")];
  const env = { HOME: home };
  const files = (ending: string) =>
    existsSync(cacheFolder) ? readdirSync(cacheFolder).filter((name) => name.endsWith(ending)) : [];
  function change(alter: (entry: Entry) => Entry): void {
    const secret = readFileSync(identity.certificatePath);
    for (const name of files(".session")) {
      const path = join(cacheFolder, name);
      const entry = openEntry(readFileSync(path), name, secret);
      if (entry === undefined) throw new Error(`cannot open ${name}`);
      writeFileSync(path, sealEntry(alter(entry), name, secret));
    }
  }
  return {
    ...identity,
    home,
    cacheFolder,
    words,
    files,
    run: (more = [], moreEnv = {}) => runCli([...words, ...more], { env: { ...env, ...moreEnv } }),
    start: (more = []) => startCli([...words, ...more], { env }),
    takeCount() {
      const count = identity.emulator.count("CreateSession");
      identity.emulator.clearRequests();
      return count;
    },
    change,
    age: (minutes) =>
      change(({ credentials, ...entry }) => ({
        ...entry,
        obtainedMs: entry.obtainedMs - minutes * 60_000,
        endMs: entry.endMs - minutes * 60_000,
        credentials: { ...credentials, expiration: new Date(credentials.expiration.getTime() - minutes * 60_000) },
      })),
  };
}
