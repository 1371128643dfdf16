import { closeSync, openSync, readFileSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";
import { UsageError } from "../../errors.js";
import { oneLine } from "../../printable.js";

/**
 * Asks a question on the controlling terminal without echo, wherever stdin, stdout and stderr lead.
 *
 * @returns undefined if there is no terminal, or if this process runs in its background
 * @throws UsageError `ERR_INPUT` if the input is canceled
 */
export async function askHidden(question: string, platform: NodeJS.Platform): Promise<string | undefined> {
  const terminal = openTerminal(platform);
  if (terminal === undefined) return undefined;
  const [input, output] = terminal;
  // Turn echo off before the question, so that an early answer is not shown.
  input.setRawMode(true);
  output.write(oneLine(question));
  try {
    return await readLine(input);
  } finally {
    output.write("\n");
    output.destroy();
  }
}

function openTerminal(platform: NodeJS.Platform): [ReadStream, WriteStream] | undefined {
  const opened: number[] = [];
  const open = (path: string, flags: string) => {
    const fd = openSync(path, flags);
    opened.push(fd);
    return fd;
  };
  try {
    // The Windows console requires both access rights to change its mode and read its size.
    if (platform === "win32")
      return [new ReadStream(open(String.raw`\\.\CONIN$`, "r+")), new WriteStream(open(String.raw`\\.\CONOUT$`, "r+"))];
    if (isInBackground()) return undefined;
    return [new ReadStream(open("/dev/tty", "r")), new WriteStream(open("/dev/tty", "w"))];
  } catch {
    for (const fd of opened) closeSync(fd);
    return undefined;
  }
}

/** Whether this process is in the background, where reading the terminal would stop it. Only Linux reports this. */
function isInBackground(): boolean {
  try {
    const text = readFileSync("/proc/self/stat", "latin1");
    const [, , group, , , foreground] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return group !== foreground;
  } catch {
    return false;
  }
}

/** Reads one line, then restores the terminal. */
function readLine(input: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = "";
    // Close in the listener: Bun keeps a stream that is destroyed later open, and with it the process.
    const close = () => {
      input.setRawMode(false);
      input.destroy();
    };
    input.setEncoding("utf8");
    input.on("data", (chunk: string) => {
      for (const char of chunk) {
        if (char === "\r" || char === "\n") {
          close();
          return resolve(line);
        }
        if (char === "\u0003" || (char === "\u0004" && line === "")) {
          close();
          return reject(
            new UsageError("ERR_INPUT", "the question was not answered", {
              hints: ["give the value by flag, environment or file"],
            }),
          );
        }
        line = char === "\u007f" || char === "\b" ? Array.from(line).slice(0, -1).join("") : line + char;
      }
    });
    input.on("error", (error) => {
      close();
      reject(error);
    });
  });
}
