import { UsageError } from "../../errors.js";
import { tokenKinds } from "../../signing/presigned-tokens.js";
import type { PresignedTokenKind, TokenMember, TokenSubject } from "../../signing/presigned-tokens.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import type { TokenFormat } from "./formats.js";
import type { tokenOptions } from "./options.js";

/** Required and optional flags of each kind. */
const flagsByKind = {
  eks: { required: ["cluster"], optional: [] },
  rds: { required: ["host", "user"], optional: [] },
  dsql: { required: ["host"], optional: ["admin"] },
  msk: { required: [], optional: [] },
  elasticache: { required: ["host", "user"], optional: ["serverless"] },
  memorydb: { required: ["host", "user"], optional: [] },
  bedrock: { required: [], optional: [] },
  ecr: { required: [], optional: [] },
  "web-identity": { required: ["audience"], optional: ["algorithm", "token-tag", "subject-mode", "token-scope"] },
} as const satisfies Record<PresignedTokenKind | "ecr" | "web-identity", KindFlags>;

type SubjectFlag = TokenMember | "audience" | "algorithm" | "token-tag" | "subject-mode" | "token-scope";

interface KindFlags {
  readonly required: readonly SubjectFlag[];
  readonly optional: readonly SubjectFlag[];
}

type TokenKindName = keyof typeof flagsByKind;

export const kindNames = Object.keys(flagsByKind) as readonly TokenKindName[];
const subjectFlags: readonly SubjectFlag[] = [
  "cluster",
  "host",
  "user",
  "admin",
  "serverless",
  "audience",
  "algorithm",
  "token-tag",
  "subject-mode",
  "token-scope",
];
const webIdentitySeconds = { default: 300, min: 60, max: 3600 } as const;

export interface TokenInput {
  readonly kind: TokenKindName;
  readonly subject: TokenSubject;
  readonly webIdentity: WebIdentityInput;
  readonly seconds: number;
  readonly format: TokenFormat;
  readonly flags: OptionValues<typeof tokenOptions>;
}

/** Parameters of a JWT. */
export interface WebIdentityInput {
  readonly audiences: readonly string[];
  readonly algorithm: "ES384" | "RS256";
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly subjectMode: "AWSIdentity" | "OriginIdentity" | undefined;
  readonly scope: string | undefined;
}

type TokenArguments = Arguments<typeof tokenOptions>;

/** @throws UsageError `ERR_ARGUMENT` */
export function toTokenInput({ positionals: [word = ""], options }: TokenArguments): TokenInput {
  const kind = kindNames.find((name) => name === word);
  if (kind === undefined) {
    throw new UsageError("ERR_ARGUMENT", `"${word}" is not a kind of token, expected one of ${kindNames.join(", ")}`, {
      hints: ["see rolesanywhere-ts token --help"],
    });
  }
  checkFlags(kind, options);
  return {
    kind,
    subject: {
      host: options.host ?? "",
      user: options.user ?? "",
      cluster: options.cluster ?? "",
      admin: options.admin ?? false,
      serverless: options.serverless ?? false,
    },
    webIdentity: {
      audiences: options.audience ?? [],
      algorithm: options.algorithm ?? "ES384",
      tags: (options["token-tag"] ?? []).map(parseTag),
      subjectMode: options["subject-mode"],
      scope: options["token-scope"],
    },
    seconds: parseSeconds(kind, options.expires),
    format: options.format ?? (kind === "eks" ? "exec-credential" : "plain"),
    flags: options,
  };
}

function checkFlags(kind: TokenKindName, options: TokenArguments["options"]): void {
  const { required, optional }: KindFlags = flagsByKind[kind];
  const missing = required.find((name) => options[name] === undefined || options[name] === "");
  if (missing !== undefined) {
    throw new UsageError("ERR_ARGUMENT", `token ${kind} needs --${missing}`, {
      hints: [`write rolesanywhere-ts token ${kind} ${required.map((name) => `--${name} …`).join(" ")}`],
    });
  }
  const other = subjectFlags.find((name) => options[name] !== undefined && ![...required, ...optional].includes(name));
  if (other !== undefined) {
    throw new UsageError("ERR_ARGUMENT", `token ${kind} does not take --${other}`, { hints: ["remove the flag"] });
  }
  if (kind === "rds" && !/^[^/?#@\s]+:\d{1,5}$/.test(options.host ?? "")) {
    throw new UsageError("ERR_ARGUMENT", `--host is "${options.host}", expected HOST:PORT`, {
      hints: ["add the port, such as db.example.us-east-1.rds.amazonaws.com:5432"],
    });
  }
  if (options.host !== undefined && !/^[\w.:[\]-]+$/.test(options.host)) {
    throw new UsageError("ERR_ARGUMENT", `--host is "${options.host}", expected a host name without scheme or path`);
  }
  if (options.cluster !== undefined && !/^[\w-]{1,100}$/.test(options.cluster)) {
    throw new UsageError("ERR_ARGUMENT", `--cluster is "${options.cluster}", expected a name of A-Z a-z 0-9 _ -`);
  }
}

function parseTag(text: string): readonly [string, string] {
  const [, key, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined) return [key, value];
  throw new UsageError("ERR_ARGUMENT", `--token-tag is "${text}", expected KEY=VALUE`);
}

function parseSeconds(kind: TokenKindName, asked: number | undefined): number {
  if (kind === "ecr") {
    if (asked === undefined) return 0;
    throw new UsageError("ERR_ARGUMENT", "token ecr does not take --expires", {
      hints: ["ECR gives a token for twelve hours"],
    });
  }
  const bounds: { readonly default: number; readonly min?: number; readonly max: number } =
    kind === "web-identity" ? webIdentitySeconds : tokenKinds[kind].seconds;
  const { min = 1, max } = bounds;
  const seconds = asked ?? bounds.default;
  if (seconds >= min && seconds <= max) return seconds;
  throw new UsageError("ERR_ARGUMENT", `--expires is ${seconds}, expected ${min}-${max} seconds for ${kind}`);
}
