import { openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";
import { UsageError } from "../../errors.js";
import { oneLine } from "../../printable.js";

/**
 * Asks a question on the controlling terminal without echo.
 *
 * @throws UsageError `ERR_INPUT` when there is no terminal, or when the input is canceled.
 */
export async function askHidden(question: string, platform: NodeJS.Platform): Promise<string> {
  const [input, output] = openTerminal(platform);
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

function openTerminal(platform: NodeJS.Platform): [ReadStream, WriteStream] {
  try {
    const [reading, writing] = platform === "win32" ? ["\\\\.\\CONIN$", "\\\\.\\CONOUT$"] : ["/dev/tty", "/dev/tty"];
    return [new ReadStream(openSync(reading, "r")), new WriteStream(openSync(writing, "w"))];
  } catch (error) {
    throw new UsageError("ERR_INPUT", "there is no terminal to ask on", {
      cause: error,
      hints: ["give the value by flag, environment or file"],
    });
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
