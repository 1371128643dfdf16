import { readNamedText } from "../../aws/files/read-named-file.js";
import { UsageError } from "../../errors.js";
import { parseHeaderOption } from "../../request/header-option.js";
import type { HeaderOption } from "../../request/header-option.js";
import { parseRequestUrl } from "../../request/target.js";
import type { RequestTarget } from "../../request/target.js";
import type { PathSigning } from "../../signing/canonical-request.js";
import type { OptionValues } from "../line/arguments.js";
import type { Command } from "../command.js";
import { credentialSourceConflicts } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { requestOptions } from "../options/request.js";
import { resolvePath } from "../reading/options.js";

export interface RequestInput {
  /** Undefined for the one that the data implies. */
  readonly method: string | undefined;
  readonly target: RequestTarget;
  readonly headers: readonly HeaderOption[];
  readonly flags: OptionValues<typeof requestOptions>;
  readonly pathSigning: PathSigning | undefined;
  readonly maximumMs: number | undefined;
  readonly connectTimeoutMs: number;
  readonly retries: number;
  readonly maximumRedirects: number;
}

export const requestCommand: Command<typeof requestOptions, RequestInput> = {
  name: "request",
  description:
    "Sends one HTTP request signed for AWS, in the manner of curl. Path and query go on the wire, and into the signature, exactly as written.",
  positionals: { usage: "[METHOD] URL", describe: "what to call", minimum: 1, maximum: 2 },
  lasting: true,
  options: requestOptions,
  conflicts: [
    ...credentialSourceConflicts,
    ["fail", "fail-with-body"],
    ["presign", "include"],
    ["presign", "output"],
    ["region", "region-set"],
    ["silent", "verbose"],
  ],
  examples: [
    {
      command: "rolesanywhere-ts request https://abc123.execute-api.us-east-1.amazonaws.com/prod/items --profile app",
      describe: "Call an API Gateway stage",
    },
    {
      command: `rolesanywhere-ts request POST https://abc123.execute-api.us-east-1.amazonaws.com/prod/items --json '{"name":"x"}'`,
      describe: "Send JSON",
    },
    {
      command: "rolesanywhere-ts request PUT https://bucket.s3.eu-west-1.amazonaws.com/key --data-binary @big.bin",
      describe: "Upload a file of any size, hashed first",
    },
    {
      command: "rolesanywhere-ts request https://bucket.s3.eu-west-1.amazonaws.com/key --presign 900",
      describe: "Print a URL that is valid for 15 minutes",
    },
  ],
  toInput({ options, positionals }, invocation) {
    const { method, url } = readWords(positionals, options.request);
    return {
      method,
      target: parseRequestUrl(url),
      headers: (options.header ?? []).flatMap((text) => readHeaders(text, invocation)),
      flags: options,
      pathSigning: options["path-signing"] as PathSigning | undefined,
      maximumMs: options["max-time"] === undefined ? undefined : parseSeconds("--max-time", options["max-time"]),
      connectTimeoutMs: parseSeconds("--connect-timeout", options["connect-timeout"] ?? "30"),
      retries: countOf("--retry", options.retry ?? 0),
      maximumRedirects: countOf("--max-redirs", options["max-redirs"] ?? 50),
    };
  },
  async run(input, invocation) {
    const { runRequest } = await import("./run.js");
    return runRequest(input, invocation);
  },
};

function readWords(words: readonly string[], flag: string | undefined) {
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

function readHeaders(text: string, invocation: Invocation): HeaderOption[] {
  const lines = text.startsWith("@") ? readHeaderFile(text.slice(1), invocation) : [text];
  return lines.map((line) => {
    const option = parseHeaderOption(line, "--header");
    if (option.name.toLowerCase() === "authorization") {
      throw new UsageError(
        "ERR_CONFLICT",
        "the authorization header is the signature's own, and --header sets it too",
        {
          hints: ["leave it out: this command signs every request"],
        },
      );
    }
    return option;
  });
}

function readHeaderFile(path: string, invocation: Invocation): string[] {
  const text = readNamedText(
    resolvePath(path, invocation),
    (reason) =>
      new UsageError("ERR_INPUT", `the headers cannot be read from ${path}: ${reason}`, {
        hints: ['check the path after "@"'],
      }),
  );
  return text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
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
