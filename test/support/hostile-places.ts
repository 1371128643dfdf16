import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { bundleModule } from "./bundle-module.js";
import { createScratch } from "./scratch.js";
import { requireCondition } from "./tools.js";

/** A user other than the one who runs the tests. */
export const stranger = 54_321;

/** Tells whether this run may give files to other users. */
export function canGiveAway(what: string): boolean {
  return requireCondition(what, process.getuid?.() === 0, "root, to make files of other users");
}

/** Tells whether this run may mount and create device nodes in a separate namespace. */
export function canMakeDevices(what: string): boolean {
  const script = "mount -t tmpfs none /mnt && mknod /mnt/null c 1 3 && : > /mnt/null";
  const { status } = spawnSync("unshare", ["-m", "sh", "-c", script], { stdio: "ignore" });
  return requireCondition(what, status === 0, "a mount namespace with device nodes");
}

/** Creates a folder of root's that everyone can write to, like /tmp; or with another mode. */
export function sharedFolder(mode = 0o1777, parent = createScratch("shared")): string {
  const folder = join(parent, "place");
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}

/** Gives the file or folder to the stranger. */
export function giveAway(path: string): void {
  chownSync(path, stranger, stranger);
}

/** Creates a folder that every user can enter, removed when the test ends; the run's own folder is closed to others. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-open-"));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a TypeScript module as the stranger; returns all of its output. */
export async function runAsStranger(
  source: string,
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const script = join(folder, "script.mjs");
  copyFileSync(await bundleModule(source), script);
  chmodSync(script, 0o644);
  const user = [`--reuid=${stranger}`, `--regid=${stranger}`, "--clear-groups"];
  const { stdout, stderr } = spawnSync("setpriv", [...user, process.execPath, script, ...words], {
    env: { PATH: process.env["PATH"], ...env },
  });
  return stdout.toString() + stderr.toString();
}
