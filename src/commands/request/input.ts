import { UsageError } from "../../errors.js";
import { parseHeaderOption } from "../../request/header-option.js";
import type { HeaderOption } from "../../request/header-option.js";
import { parseRequestUrl } from "../../request/target.js";
import type { RequestTarget } from "../../request/target.js";
import type { PathSigning } from "../../signing/canonical-request.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import { valueOf } from "../line/defaults.js";
import { requestOptions } from "../options/request.js";

/** A header of the command line, or a file of them. */
export type HeaderSource = HeaderOption | { readonly kind: "file"; readonly path: string };

export interface RequestInput {
  /** Undefined for the method that the data implies. */
  readonly method: string | undefined;
  readonly target: RequestTarget;
  readonly headers: readonly HeaderSource[];
  readonly flags: OptionValues<typeof requestOptions>;
  readonly pathSigning: PathSigning | undefined;
  readonly maxTimeMs: number | undefined;
  readonly connectTimeoutMs: number;
  readonly retries: number;
  readonly maxRedirects: number;
}

/** @throws UsageError */
export function toRequestInput({ options, positionals }: Arguments<typeof requestOptions>): RequestInput {
  const { method, url } = splitWords(positionals, options.request);
  return {
    method,
    target: parseRequestUrl(url),
    headers: (options.header ?? []).map(toHeaderSource),
    flags: options,
    pathSigning: options["path-signing"],
    maxTimeMs: options["max-time"] === undefined ? undefined : parseSeconds("--max-time", options["max-time"]),
    connectTimeoutMs: parseSeconds("--connect-timeout", valueOf(options, requestOptions, "connect-timeout")),
    retries: countOf("--retry", valueOf(options, requestOptions, "retry")),
    maxRedirects: countOf("--max-redirs", valueOf(options, requestOptions, "max-redirs")),
  };
}

function splitWords(words: readonly string[], flag: string | undefined) {
  const [first = "", second] = words;
  const method = second === undefined ? flag : first;
  if (second !== undefined && flag !== undefined && flag !== first) {
    throw new UsageError("ERR_CONFLICT", `the method was given twice: ${first} and --request ${flag}`, {
      hints: ["give it once"],
    });
  }
  if (method !== undefined && !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) {
    throw new UsageError("ERR_ARGUMENT", `expected a method such as GET or POST, found "${method}"`, {
      hints: ["the method comes before the URL"],
    });
  }
  // fetch and servers know methods in upper case; so does the signature.
  return { method: method?.toUpperCase(), url: second ?? first };
}

function toHeaderSource(text: string): HeaderSource {
  return text.startsWith("@") ? { kind: "file", path: text.slice(1) } : parseHeaderLine(text);
}

/** @throws UsageError `ERR_ARGUMENT`, `ERR_CONFLICT` */
export function parseHeaderLine(line: string): HeaderOption {
  const option = parseHeaderOption(line, "--header");
  if (option.name.toLowerCase() !== "authorization") return option;
  throw new UsageError("ERR_CONFLICT", "the authorization header is the signature's own, and --header sets it too", {
    hints: ["leave it out: this command signs every request"],
  });
}

function parseSeconds(flag: string, text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds > 0) || seconds > 2_000_000) {
    throw new UsageError("ERR_ARGUMENT", `invalid argument "${text}" for ${flag}: expected seconds above 0`, {
      hints: [`write ${flag} 2.5, for example`],
    });
  }
  return Math.ceil(seconds * 1000);
}

function countOf(flag: string, count: number): number {
  if (count >= 0) return count;
  throw new UsageError("ERR_ARGUMENT", `invalid argument "${count}" for ${flag}: expected 0 or more`, {
    hints: [`write ${flag} 3, for example`],
  });
}
