import { closeSync, constants, fstatSync, openSync } from "node:fs";
import type { SocketConstructorOpts } from "node:net";
import { setTimeout } from "node:timers/promises";
import { pausePipeMs, PipeReading } from "../aws/files/read-pipe.js";
import { systemCode, UsageError } from "../errors.js";
import { message } from "../message.js";
import { describeOrigin, type Origin } from "../origin.js";

/** Bytes; far more than any certificate chain. */
const maxPipedBytes = 4 * 1024 * 1024;

/**
 * Reads the text of an environment variable, as bytes.
 *
 * @throws UsageError `ERR_SETTING` if it is unset or empty
 */
export function readVariable(
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
  origin: Origin,
): Buffer {
  const text = variables[name];
  if (text !== undefined && text !== "") return Buffer.from(text, "utf8");
  const state = text === undefined ? "not set" : "empty";
  throw new UsageError(
    "ERR_SETTING",
    message`${describeOrigin(origin)} names the environment variable ${name}, which is ${state}`,
    {
      hints: [`export ${name}, and check that the caller passes its environment on`],
    },
  );
}

/**
 * Reads a file descriptor until its end.
 *
 * @param alreadyRead A pipe can be read only once, but certificate and key may share one, and a retry reads both again.
 * @throws UsageError `ERR_SETTING` if it is not open, is empty, does not end, or holds more than 4 MiB
 */
export async function readDescriptor(fd: number, alreadyRead: Map<number, Buffer>, origin: Origin): Promise<Buffer> {
  const known = alreadyRead.get(fd);
  if (known !== undefined) return known;
  let bytes: Buffer;
  try {
    bytes = await drain(fd);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EBADF") throw unreadable(fd, origin, "is not open");
    throw unreadable(fd, origin, `cannot be read: ${code}`);
  }
  if (bytes.length === 0) throw unreadable(fd, origin, "gave nothing");
  alreadyRead.set(fd, bytes);
  return bytes;
}

/** Polls the descriptor, so that the event loop runs and the time limit of the run works. */
async function drain(fd: number): Promise<Buffer> {
  const own = await openWithoutWaiting(fd);
  try {
    const reading = new PipeReading(own ?? fd, { absenceMs: 0, maxBytes: maxPipedBytes });
    for (;;) {
      const bytes = reading.next();
      if (bytes !== undefined) return bytes;
      await setTimeout(pausePipeMs);
    }
  } finally {
    if (own !== undefined) closeSync(own);
  }
}

/**
 * Makes reads non-blocking: one of a pipe whose writer stays silent would block the whole process.
 *
 * @returns Our own descriptor for the same pipe; undefined to read the given one.
 */
async function openWithoutWaiting(fd: number): Promise<number | undefined> {
  const stats = fstatSync(fd);
  if (process.platform === "win32" || !(stats.isFIFO() || stats.isSocket())) return undefined;
  if (process.platform === "linux" && stats.isFIFO()) {
    try {
      return openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      // A pipe of another user, or no /proc.
    }
  }
  const { Socket } = await import("node:net");
  // Makes the descriptor non-blocking; reads nothing.
  new Socket({ fd, readable: true, writable: false, manualStart: true } as SocketConstructorOpts).unref();
  return undefined;
}

function unreadable(fd: number, origin: Origin, what: string): UsageError {
  const name = fd === 0 ? "standard input" : `file descriptor ${fd}`;
  const hint =
    fd === 0 ? "pipe the PEM text in: command < client.pem" : `open it on the command line: command ${fd}< client.pem`;
  return new UsageError("ERR_SETTING", message`${describeOrigin(origin)} names ${name}, which ${what}`, {
    hints: [hint],
  });
}
