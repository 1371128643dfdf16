import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createScratch } from "./scratch.js";

/** SoftHSM's library at its usual paths; undefined if it is not installed. */
export const softHsmLibrary = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
].find((path) => existsSync(path));

/** OpenSC's library that logs each call and passes it on; undefined if it is not installed. */
export const pkcs11Spy = [
  "/usr/lib/x86_64-linux-gnu/pkcs11-spy.so",
  "/usr/lib/aarch64-linux-gnu/pkcs11-spy.so",
  "/usr/lib64/pkcs11-spy.so",
].find((path) => existsSync(path));

/** Long enough to search for in any output. */
export const pin = "canary-4321";

/** SoftHSM token in a separate folder. */
export interface SoftToken {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Runs OpenSC's pkcs11-tool on the token, logged in. */
  readonly tool: (...words: readonly string[]) => Buffer;
  /** Puts a PKCS#8 key on the token, without its certificate. */
  readonly importKey: (file: string, label: string, id: string) => void;
}

export function createSoftToken(...labels: readonly [string, ...string[]]): SoftToken {
  const folder = createScratch("token");
  mkdirSync(join(folder, "tokens"));
  const config = join(folder, "softhsm2.conf");
  writeFileSync(config, `directories.tokendir = ${join(folder, "tokens")}\nlog.level = ERROR\n`);
  const environment = { SOFTHSM2_CONF: config };
  const run = (program: string, ...words: readonly string[]) =>
    execFileSync(program, words, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
  for (const label of labels)
    run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "0000");
  return {
    environment,
    folder,
    tool: (...words) =>
      run(
        "pkcs11-tool",
        "--module",
        softHsmLibrary ?? "",
        "--token-label",
        labels[0],
        "--login",
        "--pin",
        pin,
        ...words,
      ),
    importKey: (file, label, id) =>
      void run("softhsm2-util", "--import", file, "--token", labels[0], "--label", label, "--id", id, "--pin", pin),
  };
}
