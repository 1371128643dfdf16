import type { ConnectionPhase } from "../../request/exchange.js";
import type { Answer } from "../../request/conversation.js";
import { findHeader } from "../../aws/http/header-fields.js";
import { UsageError } from "../../errors.js";
import { redirectUrlOf } from "../../request/target.js";

/** Values for the variables of `--write-out`. */
export interface TransferFacts {
  /** Undefined if there was none. */
  readonly answer: Answer | undefined;
  readonly url: string;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly startedMs: number;
  /** Times of the last connection, without phases that did not occur. */
  readonly connectionMs: Readonly<Partial<Record<ConnectionPhase, number>>>;
  readonly answeredMs: number;
  readonly endedMs: number;
  readonly redirects: number;
  readonly retries: number;
  readonly file: string | undefined;
  readonly exitStatus: number;
  readonly error: string;
}

const seconds = (ms: number) => (Math.max(ms, 0) / 1000).toFixed(6);

/** 0 for a phase that did not occur, as in curl. */
const since = ({ connectionMs, startedMs }: TransferFacts, phase: ConnectionPhase) =>
  seconds((connectionMs[phase] ?? startedMs) - startedMs);

const variables: Readonly<Record<string, (facts: TransferFacts) => string>> = {
  content_type: ({ answer }) => (answer === undefined ? "" : (findHeader(answer.headers, "content-type") ?? "")),
  errormsg: ({ error }) => error,
  exitcode: ({ exitStatus }) => String(exitStatus),
  filename_effective: ({ file }) => file ?? "",
  header_json: ({ answer }) => JSON.stringify(gather(answer?.headers ?? []), undefined, 0),
  http_code: ({ answer }) => String(answer?.statusCode ?? 0).padStart(3, "0"),
  http_version: ({ answer }) => answer?.httpVersion ?? "0",
  method: ({ answer }) => answer?.prepared.method ?? "",
  num_headers: ({ answer }) => String(answer?.headers.length ?? 0),
  num_redirects: ({ redirects }) => String(redirects),
  num_retries: ({ retries }) => String(retries),
  onerror: () => "",
  redirect_url: ({ answer }) => (answer === undefined ? "" : redirectUrlOf(answer)),
  response_code: ({ answer }) => String(answer?.statusCode ?? 0).padStart(3, "0"),
  scheme: ({ url }) => (url.split(":", 1)[0] ?? "").toUpperCase(),
  size_download: ({ downloadedBytes }) => String(downloadedBytes),
  size_upload: ({ uploadedBytes }) => String(uploadedBytes),
  speed_download: ({ downloadedBytes, startedMs, endedMs }) =>
    String(Math.round(downloadedBytes / Math.max((endedMs - startedMs) / 1000, 0.001))),
  time_appconnect: (facts) => since(facts, "secureConnect"),
  time_connect: (facts) => since(facts, "connect"),
  time_namelookup: (facts) => since(facts, "lookup"),
  time_starttransfer: ({ answeredMs, startedMs }) => seconds(answeredMs - startedMs),
  time_total: ({ endedMs, startedMs }) => seconds(endedMs - startedMs),
  url: ({ url }) => url,
  url_effective: ({ url }) => url,
};

export interface WriteOut {
  readonly stdout: string;
  readonly stderr: string;
}

type Piece = string | { readonly variable: string } | { readonly header: string };

/** A parsed `--write-out` format. */
export type WriteOutFormat = readonly Piece[];

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * Reads curl's format: `%{variable}`, `%header{name}`, `%%`, `\n`, `\r`, `\t`.
 *
 * @throws UsageError `ERR_ARGUMENT` for an unknown variable.
 */
export function parseWriteOut(text: string): WriteOutFormat {
  const pieces: Piece[] = [];
  const pattern = /%header\{([^}]*)\}|%\{([^}]*)\}|%%|\\(.)|[^%\\]+|[%\\]/gs;
  for (const [whole, header, variable, escaped] of text.matchAll(pattern)) {
    if (header !== undefined) pieces.push({ header });
    else if (variable !== undefined) pieces.push({ variable: known(variable) });
    else if (whole === "%%") pieces.push("%");
    else if (escaped !== undefined) pieces.push(escapes[escaped] ?? whole);
    else pieces.push(whole);
  }
  return pieces;
}

function known(variable: string): string {
  if (Object.hasOwn(variables, variable) || variable === "stderr" || variable === "stdout") return variable;
  throw new UsageError("ERR_ARGUMENT", `--write-out does not know the variable %{${variable}}`, {
    hints: [`known are ${[...Object.keys(variables), "stderr", "stdout"].join(", ")}`],
  });
}

/** Formats the facts, and returns the text for each stream. */
export function formatWriteOut(format: WriteOutFormat, facts: TransferFacts): WriteOut {
  const texts = { stdout: "", stderr: "" };
  let stream: keyof typeof texts = "stdout";
  for (const piece of format) {
    if (typeof piece === "string") texts[stream] += piece;
    else if ("header" in piece) texts[stream] += findHeader(facts.answer?.headers ?? [], piece.header) ?? "";
    else if (piece.variable === "stderr" || piece.variable === "stdout") stream = piece.variable;
    else if (piece.variable === "onerror" && facts.error === "") return texts;
    else texts[stream] += variables[piece.variable]?.(facts) ?? "";
  }
  return texts;
}

function gather(headers: Answer["headers"]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  for (const [name, value] of headers) (found[name.toLowerCase()] ??= []).push(value);
  return found;
}
