import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileNames } from "../../src/emulator/folder.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import {
  createSession,
  fromRolesAnywhere,
  readArchive,
  readTableExport,
  RolesAnywhereError,
  scanTable,
  signRequest,
} from "../../src/index.js";
import type { IdentityOptions } from "../../src/index.js";
import { flagNames } from "../../src/library/option-words.js";
import { environmentName } from "../../src/message.js";
import { sessionArns } from "../support/emulator-flags.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

const nowhere = join(mkdtempSync(join(tmpdir(), "messages-")), "none");
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };

/** What the program itself may say of settings, in a text of the caller's. */
const phrase = fc.constantFrom(
  ...Object.values(flagNames).flatMap((flag) => [`--${flag}`, environmentName(flag)]),
  ", or set ROLESANYWHERE_TS_ROLE_ARN and ROLESANYWHERE_TS_CERTIFICATE",
  ", or rolesanywhere_role_arn in the profile that --settings-profile names",
  "run the command again with --debug",
  "rolesanywhere-ts check",
  "command line",
  "--endpoint-url",
  "--member",
);
const hostile = fc
  .array(fc.oneof(phrase, fc.constantFrom("a", "key.pem", "-", "--", "Ä")), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.join(" "));

async function refusalOf(work: () => unknown): Promise<RolesAnywhereError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RolesAnywhereError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

async function firstOf(items: AsyncGenerator): Promise<unknown> {
  return (await items.next()).value;
}

const file = (which: keyof typeof fileNames) => join(emulator.folder, fileNames[which]);
const readable = () => ({ certificate: file("ecChain"), privateKey: file("ecKey") });

function identityWith(name: keyof IdentityOptions, value: string): IdentityOptions {
  if (name === "passwordFile")
    return { certificate: file("ecChain"), privateKey: file("ecEncryptedKey"), [name]: value };
  return name === "certStore" ? { [name]: value } : { ...readable(), [name]: value };
}

async function expectVerbatim(given: string, work: () => unknown): Promise<void> {
  const { message, hints } = await refusalOf(work);
  expect(`${message}\n${hints.join("\n")}`).toContain(given);
}

describe("a library's error has the caller's text as it was given", () => {
  const ask = (identity: IdentityOptions & { readonly caBundle?: string }, debug?: (line: string) => void) =>
    createSession({ ...sessionArns(emulator), endpoint: emulator.url, environment: {}, debug, ...identity });

  test.each(["certificate", "privateKey", "intermediates", "passwordFile", "certStore"] as const)(
    "in the path that %s is",
    (name) =>
      fc.assert(
        fc.asyncProperty(hostile, async (tail) => {
          const path = join(nowhere, `${tail}.pem`);
          const lines: string[] = [];
          await expectVerbatim(path, () => ask(identityWith(name, path), (line) => lines.push(line)));
          if (name === "certStore") return;
          expect(lines.some((line) => line.includes(` = ${path} (${name})`))).toBe(true);
        }),
        { numRuns: 30 },
      ),
  );

  test("in the name of a profile and of a CA bundle", () =>
    fc.assert(
      fc.asyncProperty(hostile, async (tail) => {
        await expectVerbatim(`"${tail}"`, () => fromRolesAnywhere({ settingsProfile: tail, environment: {} }));
        const caBundle = join(nowhere, tail);
        await expectVerbatim(caBundle, () => ask({ ...readable(), caBundle }));
      }),
      { numRuns: 15 },
    ));

  test("in an ARN, an endpoint and a region", () =>
    fc.assert(
      fc.asyncProperty(hostile, async (tail) => {
        const text = tail.slice(0, 100).trim();
        const common = { ...sessionArns(emulator), environment: {}, certificate: "c.pem", privateKey: "k.pem" };
        await expectVerbatim(text, () => fromRolesAnywhere({ ...common, roleArn: `x${text}` }));
        await expectVerbatim(text, () => fromRolesAnywhere({ ...common, endpoint: `x${text}` }));
        await expectVerbatim(text, () => fromRolesAnywhere({ ...common, region: `_${text}` }));
      }),
      { numRuns: 30 },
    ));

  test("in what the readers are asked for", () =>
    fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const place = { credentials, region: "us-east-1", environment: {} };
        const archive = { ...place, urls: "s3://bucket/key" };
        await expectVerbatim(text, () => firstOf(readArchive({ ...place, urls: text })));
        await expectVerbatim(text, () => firstOf(readArchive({ ...archive, member: `[z-a]${text}` })));
        await expectVerbatim(text, () => firstOf(readArchive({ ...archive, where: text })));
        await expectVerbatim(text, () => firstOf(readArchive({ ...place, bucket: "b", folder: "f", date: text })));
        await expectVerbatim(text, () => firstOf(readTableExport({ ...place, url: text })));
        const table = { ...place, table: "t" };
        await expectVerbatim(text, () =>
          firstOf(scanTable({ ...table, names: { [`#${text}`]: 1 as unknown as string } })),
        );
      }),
      { numRuns: 30 },
    ));
});

describe("a library's error names no flag", () => {
  test("of what is missing", async () => {
    const { message, hints } = await refusalOf(() =>
      fromRolesAnywhere({ ...sessionArns(emulator), roleArn: undefined as unknown as string, environment: {} }),
    );
    expect(message).toBe("roleArn is missing");
    expect(hints).toEqual(["give roleArn"]);
  });

  test("of a request that cannot be signed", async () => {
    const { hints } = await refusalOf(() => signRequest({ url: "https://example.com/" }, { credentials }));
    expect(hints).toEqual([
      'name the one that the signature is for: service: "execute-api" for a custom domain of API Gateway',
    ]);
  });
});
