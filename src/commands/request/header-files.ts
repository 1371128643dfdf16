import { readNamedText } from "../../aws/files/read-named-file.js";
import { UsageError } from "../../errors.js";
import type { HeaderOption } from "../../request/header-option.js";
import { parseHeaderLine } from "./input.js";
import type { HeaderSource } from "./input.js";

/**
 * The headers with those of the files in their place.
 *
 * @throws UsageError `ERR_INPUT` when a file cannot be read.
 */
export function readHeaders(sources: readonly HeaderSource[], resolvePath: (path: string) => string): HeaderOption[] {
  return sources.flatMap((source) => (source.kind === "file" ? readHeaderFile(source.path, resolvePath) : [source]));
}

function readHeaderFile(path: string, resolvePath: (path: string) => string): HeaderOption[] {
  const text = readNamedText(
    resolvePath(path),
    (reason) =>
      new UsageError("ERR_INPUT", `the headers cannot be read from ${path}: ${reason}`, {
        hints: ['check the path after "@"'],
      }),
  );
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map(parseHeaderLine);
}
