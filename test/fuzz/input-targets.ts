import { isDeepStrictEqual } from "node:util";
import { parseRoleArn, parseTrustAnchorArn } from "../../src/aws/arn.js";
import { parseServiceFault } from "../../src/aws/http/service-fault.js";
import { parseSharedConfig } from "../../src/aws/shared-config.js";
import { certificateOptions } from "../../src/commands/sources/credential-source.js";
import { parseBindings } from "../../src/commands/serve/bindings-file.js";
import { parseListenAddress } from "../../src/delivery/metadata-server/listen-address.js";
import { splitCommandLine } from "../../src/aws/command-line.js";
import { parseCertificate } from "../../src/emulator/certificate/reader.js";
import { DerError } from "../../src/emulator/certificate/der.js";
import { CsvScanner } from "../../src/readers/csv/scanner.js";
import { CsvSyntaxError } from "../../src/readers/csv/syntax-error.js";
import { plainStyle, transcodeItem } from "../../src/readers/items/transcode.js";
import { parseMemberPath } from "../../src/readers/members/extract.js";
import { parseGlob } from "../../src/readers/glob.js";
import { JsonFault } from "../../src/readers/items/json-cursor.js";
import { parseCondition } from "../../src/readers/select/condition.js";
import { readZipDirectory } from "../../src/readers/zip/directory.js";
import { readRefusal } from "../../src/request/refusal.js";
import { parseRequestUrl } from "../../src/request/target.js";
import { decodeCreateSession } from "../../src/vending/create-session-answer.js";
import { openEntry } from "../../src/vending/cache/entry.js";
import type { Entry } from "../../src/vending/cache/entry.js";
import { parseMark } from "../../src/aws/files/process-mark.js";
import type { Target } from "./targets.js";

const sealing = Buffer.alloc(32, 7);
const entryName = "entry";

/** Takes errors of a class for refusals. A subclass, such as a TypeError where only Error is expected, stays a fault. */
function refusing(kind: new (...words: never[]) => Error, run: Target): Target {
  return async (bytes) => {
    try {
      return await run(bytes);
    } catch (error) {
      if (error instanceof Error && error.constructor === kind) return undefined;
      throw error;
    }
  };
}

const answer = (bytes: Buffer) => ({ statusCode: 200, headers: {}, body: bytes.toString("utf8") });

/** Parsers of what services, files, archives and people hand over, keys and certificates aside. */
export const inputTargets: Readonly<Record<string, Target>> = {
  "create-session-answer": (bytes) => decodeCreateSession(answer(bytes), "https://rolesanywhere.example"),
  "service-fault": (bytes) => parseServiceFault({ ...answer(bytes), statusCode: 403 }),
  refusal: (bytes) =>
    readRefusal(
      { statusCode: 403, headers: [["date", bytes.toString("latin1")]] },
      bytes.toString("utf8"),
      new Date(0),
    ),
  "shared-config": (bytes) => parseSharedConfig(bytes.toString("utf8"), "config"),
  "serve-bindings": (bytes) => parseBindings(bytes.toString("utf8"), certificateOptions, "roles.json"),
  "listen-address": (bytes) => parseListenAddress(bytes.toString("utf8"), "--listen"),
  "request-url": (bytes) => {
    const { target } = parseRequestUrl(bytes.toString("utf8"));
    if (/[^\x21-\x7e]/.test(target)) throw new Error("a request target with more than visible ASCII");
  },
  arn: (bytes) => [
    parseRoleArn(bytes.toString("utf8"), "--role-arn"),
    parseTrustAnchorArn(bytes.toString("utf8"), "x"),
  ],
  "command-line": (bytes) => splitCommandLine(bytes.toString("utf8")),
  "cache-entry": (bytes) => {
    const entry = openEntry(bytes, entryName, sealing);
    // Only what was sealed opens, with the header that it was sealed with.
    if (entry !== undefined && !isDeepStrictEqual(entry, sealedEntry)) throw new Error("a changed entry opens");
  },
  "lock-owner": (bytes) => parseMark(bytes.toString("utf8")),
  glob: (bytes) => parseGlob(bytes.toString("utf8"), "--member")("folder/report-2026-01.csv"),
  "where-condition": (bytes) => parseCondition(bytes.toString("utf8")),
  "member-path": (bytes) => {
    const parts = parseMemberPath(bytes.toString("utf8"), "the member");
    if (parts.some((part) => part === "" || part === "." || part === ".." || /[/\0]/.test(part)))
      throw new Error("a member's path leaves its folder");
  },
  "zip-directory": refusing(Error, (bytes) =>
    readZipDirectory(bytes.length, async (start, end) => Promise.resolve(bytes.subarray(start, end))),
  ),
  "dynamodb-json": refusing(JsonFault, (bytes) => {
    const cursor = { source: bytes, end: bytes.length, at: 0, target: Buffer.alloc(bytes.length), length: 0 };
    transcodeItem(cursor, plainStyle);
    if (cursor.at !== bytes.length) return;
    JSON.parse(cursor.target.toString("utf8", 0, cursor.length));
  }),
  csv: refusing(CsvSyntaxError, (bytes) => {
    const scanner = new CsvScanner({ delimiter: 0x2c, quote: 0x22, ragged: "fit", reserved: Buffer.from("reserved") });
    try {
      const middle = bytes.length >> 1;
      return [scanner.push(bytes.subarray(0, middle)), scanner.push(bytes.subarray(middle)), scanner.finish()];
    } finally {
      scanner.close();
    }
  }),
  "emulator-certificate": refusing(DerError, (bytes) => parseCertificate(bytes)),
};

const sealedEntry: Entry = {
  obtainedMs: 1_767_225_600_000,
  endMs: 1_767_229_200_000,
  jitter: 0.5,
  roleArn: "arn:aws:iam::111122223333:role/Demo",
  source: "client.pem",
  credentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "secret",
    sessionToken: "token",
    expiration: new Date(1_767_229_200_000),
  },
};
