import { randomUUID } from "node:crypto";
import { linkSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import type { Stats } from "node:fs";
import { connect } from "node:net";
import { kindOf } from "../../aws/files/ownership.js";
import { systemCode, UsageError } from "../../errors.js";

/**
 * Removes a unix socket that an earlier server of this user left behind. Anything else stays: another type of file, a
 * link, another user's socket, a socket in use.
 *
 * @throws UsageError `ERR_LISTEN`
 */
export async function removeDeadSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw refusal(path, `a ${kindOf(found)} is there`, "name another path, or move that out of the way");
  }
  if (found.uid !== process.getuid?.()) {
    throw refusal(path, `a socket of another user (${found.uid}) is there`, "name a path in a folder of your own");
  }
  const code = await knock(path);
  if (code !== "ECONNREFUSED") {
    const what = code === undefined ? "another program listens there" : `the socket there does not answer (${code})`;
    throw refusal(path, what, "name another path, or stop that program");
  }
  remove(path, found);
}

/** Renames the file first, and renames it back if it is not the one that was checked. */
function remove(path: string, expected: Stats): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    const taken = lstatSync(aside);
    if (taken.ino === expected.ino && taken.dev === expected.dev) {
      unlinkSync(aside);
      return;
    }
    linkSync(aside, path);
    unlinkSync(aside);
  } catch (error) {
    throw refusal(path, `the old socket cannot be removed (${systemCode(error)})`, "check the modes of its folder");
  }
  throw refusal(path, "another program listens there", "name another path, or stop that program");
}

/** @returns Why the connection fails; undefined if it succeeds. */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error) => resolve(systemCode(error)));
  });
}

function refusal(path: string, what: string, hint: string): UsageError {
  return new UsageError("ERR_LISTEN", `cannot listen on unix:${path}: ${what}`, { hints: [hint] });
}
