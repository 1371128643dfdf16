import { readSync } from "node:fs";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import { describeOrigin, type Origin } from "../origin.js";

/** Bytes; far above any chain of certificates, far below what would hurt. */
const maxPipedBytes = 4 * 1024 * 1024;

/**
 * The text of an environment variable, as bytes.
 *
 * @throws UsageError `ERR_SETTING` when it is unset or empty
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
 * Everything that a file descriptor gives until its end.
 *
 * @param alreadyRead A pipe gives its bytes once; certificate and key may share one, and a retry reads both again.
 * @throws UsageError `ERR_SETTING` when it is not open, empty, or gives more than 4 MiB
 */
export function readDescriptor(fd: number, alreadyRead: Map<number, Buffer>, origin: Origin): Buffer {
  const known = alreadyRead.get(fd);
  if (known !== undefined) return known;
  const bytes = drain(fd, origin);
  if (bytes.length === 0) throw unreadable(fd, origin, "gave nothing");
  alreadyRead.set(fd, bytes);
  return bytes;
}

function drain(fd: number, origin: Origin): Buffer {
  const pieces: Buffer[] = [];
  for (let total = 0; ;) {
    const piece = Buffer.alloc(64 * 1024);
    let length: number;
    try {
      length = readSync(fd, piece);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return Buffer.concat(pieces);
      if (code === "EAGAIN") {
        waitBriefly();
        continue;
      }
      throw unreadable(fd, origin, code === "EBADF" ? "is not open" : `cannot be read (${code ?? "unknown fault"})`);
    }
    if (length === 0) return Buffer.concat(pieces);
    total += length;
    if (total > maxPipedBytes) throw unreadable(fd, origin, `gave more than ${maxPipedBytes} bytes`);
    pieces.push(piece.subarray(0, length));
  }
}

/** A pipe set to non-blocking by its other user has nothing at this moment. */
function waitBriefly(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

function unreadable(fd: number, origin: Origin, what: string): UsageError {
  const name = fd === 0 ? "standard input" : `file descriptor ${fd}`;
  const hint =
    fd === 0 ? "pipe the PEM text in: command < client.pem" : `open it on the command line: command ${fd}< client.pem`;
  return new UsageError("ERR_SETTING", message`${describeOrigin(origin)} names ${name}, which ${what}`, {
    hints: [hint],
  });
}
