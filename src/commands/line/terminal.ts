import { closeSync, openSync, readFileSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";
import { UsageError } from "../../errors.js";
import { oneLine } from "../../printable.js";
import type { Invocation } from "../invocation.js";
import { interruptJob } from "./interruption.js";

/** Ctrl-C, Ctrl-D and Ctrl-U. */
const keys = { interrupt: "\u0003", endOfInput: "\u0004", eraseLine: "\u0015" } as const;

type AskContext = Pick<Invocation, "platform" | "raise">;

/**
 * Asks a question on the controlling terminal without echo, wherever stdin, stdout and stderr lead. Ctrl-C ends the
 * program.
 *
 * @returns undefined if there is no terminal, or if this process runs in its background
 * @throws UsageError `ERR_INPUT` if the input ends
 */
export async function askHidden(question: string, context: AskContext): Promise<string | undefined> {
  const terminal = openTerminal(context.platform);
  if (terminal === undefined) return undefined;
  const [input, output] = terminal;
  // Turn echo off before the question, so that an early answer is not shown.
  input.setRawMode(true);
  output.write(oneLine(question));
  let typed: string | undefined;
  try {
    typed = await readLine(input);
  } finally {
    output.write("\n");
    output.destroy();
  }
  if (typed !== undefined) return typed;
  interruptJob(context);
  throw noAnswer();
}

function noAnswer(): UsageError {
  return new UsageError("ERR_INPUT", "the question was not answered", {
    hints: ["give the value by flag, environment or file"],
  });
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

/**
 * Reads one line, then restores the terminal.
 *
 * @returns undefined after Ctrl-C
 * @throws UsageError `ERR_INPUT` after Ctrl-D
 */
function readLine(input: ReadStream): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let line = "";
    // Close in the listener: Bun keeps a stream that is destroyed later open, and with it the process.
    const end = (typed: string | undefined) => {
      close();
      resolve(typed);
    };
    const close = () => {
      input.setRawMode(false);
      input.destroy();
    };
    input.setEncoding("utf8");
    input.on("data", (chunk: string) => {
      for (const char of chunk) {
        if (char === "\r" || char === "\n") return end(line);
        if (char === keys.interrupt) return end(undefined);
        if (char === keys.endOfInput && line === "") {
          close();
          return reject(noAnswer());
        }
        line = applyKey(char, line);
      }
    });
    input.on("error", (error) => {
      close();
      reject(error);
    });
  });
}

/** A terminal in raw mode leaves the editing of the line to the program. */
function applyKey(char: string, line: string): string {
  if (char === keys.eraseLine) return "";
  return char === "\u007f" || char === "\b" ? Array.from(line).slice(0, -1).join("") : line + char;
}
