import { UsageError } from "../../errors.js";
import { parseHeaderOption } from "../../request/header-option.js";
import type { HeaderOption } from "../../request/header-option.js";
import type { OptionValues } from "../line/arguments.js";
import type { requestOptions } from "../options/request.js";

type Options = OptionValues<typeof requestOptions>;

/** A header of the command line, or a file of header lines. */
export type HeaderSource = HeaderOption | { readonly kind: "file"; readonly path: string } | { readonly kind: "stdin" };

/** @throws UsageError `ERR_ARGUMENT`, `ERR_CONFLICT` */
export function toHeaders(options: Options): readonly HeaderSource[] {
  return [...flagHeaders(options), ...(options.header ?? []).map(toHeaderSource)];
}

function toHeaderSource(text: string): HeaderSource {
  if (text === "@-") return { kind: "stdin" };
  return text.startsWith("@") ? { kind: "file", path: text.slice(1) } : parseHeaderLine(text);
}

/** @throws UsageError `ERR_ARGUMENT`, `ERR_CONFLICT` */
export function parseHeaderLine(line: string): HeaderOption {
  const option = parseHeaderOption(line, "--header");
  if (option.name.toLowerCase() !== "authorization") return option;
  throw new UsageError("ERR_CONFLICT", "the signature sets the authorization header, and --header sets it too", {
    hints: ["leave it out: this command signs every request"],
  });
}

/** Headers that have their own flag. A `--header` of the same name comes later and wins. */
function flagHeaders(options: Options): HeaderOption[] {
  const own = new Set((options.header ?? []).map((line) => (/^[^:;]*/.exec(line)?.[0] ?? "").trim().toLowerCase()));
  const headers: HeaderOption[] = [];
  const send = (name: string, value: string | undefined) => {
    if (value === undefined || own.has(name.toLowerCase())) return;
    headers.push(
      value === "" ? { kind: "drop", name } : parseHeaderOption(`${name}: ${value}`, `--${name.toLowerCase()}`),
    );
  };
  const range = options.range;
  send("Range", range === undefined ? undefined : `bytes=${range}`);
  send("User-Agent", options["user-agent"]);
  send("Referer", options.referer?.replace(/;auto$/, ""));
  const cookies = options.cookie ?? [];
  if (cookies.some((text) => !text.includes("="))) {
    throw new UsageError("ERR_ARGUMENT", "--cookie expects name=value, and files of cookies are not read", {
      hints: ['write --cookie "name=value; other=value"'],
    });
  }
  send("Cookie", cookies.length === 0 ? undefined : cookies.join("; "));
  return headers;
}
