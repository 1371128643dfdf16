// Flag over environment over profile over default, for every setting, and one grammar of their values.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseArguments } from "../../src/commands/line/arguments.js";
import { resolveCacheSettings } from "../../src/settings/cache-settings.js";
import { environmentName } from "../../src/message.js";
import { profileKey } from "../../src/settings/lookup.js";
import type { Lookup } from "../../src/settings/lookup.js";
import { readSettingSources } from "../../src/settings/sources.js";
import { resolveVendSettings } from "../../src/settings/vend-settings.js";
import type { VendSettings } from "../../src/settings/vend-settings.js";
import { createScratch } from "../support/scratch.js";
import { settingOptions } from "../support/setting-options.js";

const rows = Object.entries(settingOptions).map(([name, { kind }]) => [name, kind] as const);

interface Given {
  readonly words?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Lines of `[profile p]`. */
  readonly profile?: string;
  readonly file?: string;
}

/** The sources of a run whose config file has these lines. */
function sourcesOf({ words = [], variables = {}, profile, file = "" }: Given) {
  const home = createScratch("settings");
  mkdirSync(join(home, ".aws"));
  writeFileSync(join(home, ".aws", "config"), `${file}\n${profile === undefined ? "" : `[profile p]\n${profile}\n`}`);
  const { options } = parseArguments(words, settingOptions);
  return readSettingSources(options, profile === undefined ? {} : { settings: "p" }, {
    variables,
    homeDirectory: home,
    workingDirectory: home,
    platform: "linux",
  });
}

function read(lookup: Lookup, name: string, kind: string): unknown {
  switch (kind) {
    case "boolean":
      return lookup.boolean(name);
    case "integer":
      return lookup.integer(name);
    case "list":
      return lookup.list(name);
    default:
      return lookup.string(name);
  }
}

/** A value of the kind as it is written, and as it is read. */
function valueOf(kind: string, number: number): readonly [text: string, value: unknown] {
  switch (kind) {
    case "boolean":
      return number % 2 === 0 ? ["true", true] : ["false", false];
    case "integer":
      return [String(900 + number), 900 + number];
    case "list":
      return [`v${number}`, [`v${number}`]];
    default:
      return [`v${number}`, `v${number}`];
  }
}

describe.each(rows)("--%s, which is a %s,", (name, kind) => {
  const [flagText, flagValue] = valueOf(kind, 0);
  const [variableText, variableValue] = valueOf(kind, 1);
  const [profileText, profileValue] = valueOf(kind, 2);
  const flag = [`--${name}=${flagText}`];
  const variable = { [environmentName(name)]: variableText };
  const key = `${profileKey(name)} = ${profileText}`;
  const found = (given: Given) => read(sourcesOf(given).lookup, name, kind);

  it("is the flag's, else the environment's, else the profile's", () => {
    expect(found({ words: flag, variables: variable, profile: key })).toMatchObject({
      value: flagValue,
      origin: { kind: "flag" },
    });
    expect(found({ words: flag, profile: key })).toMatchObject({ value: flagValue });
    expect(found({ variables: variable, profile: key })).toEqual({
      value: variableValue,
      origin: { kind: "environment", name: environmentName(name) },
    });
    expect(found({ profile: key })).toMatchObject({
      value: profileValue,
      origin: { kind: "profile", key: profileKey(name), profile: "p" },
    });
    expect(found({})).toBeUndefined();
  });

  it("is absent where it is empty", () => {
    const empty = { [environmentName(name)]: "" };
    expect(found({ variables: empty, profile: key })).toMatchObject({ value: profileValue });
    expect(found({ variables: empty, profile: `${profileKey(name)} =` })).toBeUndefined();
  });

  it("is read from no profile that was not named", () => {
    expect(found({ file: `[default]\n${key}\n[profile q]\n${key}` })).toBeUndefined();
  });
});

describe("an empty flag", () => {
  it.each(rows.filter(([, kind]) => kind === "string"))("--%s= counts as absent", (name) => {
    const given = { words: [`--${name}=`], variables: { [environmentName(name)]: "v" } };
    expect(sourcesOf(given).lookup.string(name)).toMatchObject({ value: "v", origin: { kind: "environment" } });
  });
});

describe("the grammar of values", () => {
  const boolean = (text: string) => [
    () => sourcesOf({ words: [`--debug=${text}`] }).lookup.boolean("debug")?.value,
    () => sourcesOf({ variables: { ROLESANYWHERE_TS_DEBUG: text } }).lookup.boolean("debug")?.value,
    () => sourcesOf({ profile: `rolesanywhere_debug = ${text}` }).lookup.boolean("debug")?.value,
  ];
  const integer = (text: string) => [
    () => sourcesOf({ words: [`--session-duration=${text}`] }).lookup.integer("session-duration")?.value,
    () =>
      sourcesOf({ variables: { ROLESANYWHERE_TS_SESSION_DURATION: text } }).lookup.integer("session-duration")?.value,
    () => sourcesOf({ profile: `rolesanywhere_session_duration = ${text}` }).lookup.integer("session-duration")?.value,
  ];

  it.each([
    ["true", true],
    ["True", true],
    ["TRUE", true],
    ["1", true],
    ["false", false],
    ["False", false],
    ["FALSE", false],
    ["0", false],
  ])("of booleans takes %s for %s in flag, environment and profile", (text, value) => {
    expect(boolean(text).map((find) => find())).toEqual([value, value, value]);
  });

  it.each(["maybe", "2", "-1", "tru", "truee", "untrue", "yess"])("of booleans refuses %s everywhere", (text) => {
    for (const find of boolean(text)) expect(find).toThrow(/true or false/);
  });

  it.each([
    ["3600", 3600],
    ["+3600", 3600],
    ["-5", -5],
  ])("of whole numbers takes %s for %i in flag, environment and profile", (text, value) => {
    expect(integer(text).map((find) => find())).toEqual([value, value, value]);
  });

  it.each(["3600s", "1.5", "1e3", "one", "3 600", "9".repeat(40)])("of whole numbers refuses %s everywhere", (text) => {
    for (const find of integer(text)) expect(find).toThrow(/whole number/);
  });

  it("of lists parts environment and profile at ;, and a flag may be repeated", () => {
    const expected = { value: ["a=1", "b=2, 3"] };
    expect(sourcesOf({ words: ["--tag=a=1", "--tag=b=2, 3"] }).lookup.list("tag")).toMatchObject(expected);
    expect(sourcesOf({ variables: { ROLESANYWHERE_TS_TAG: "a=1; b=2, 3 ;;" } }).lookup.list("tag")).toMatchObject(
      expected,
    );
    expect(sourcesOf({ profile: "rolesanywhere_tag = a=1;b=2, 3" }).lookup.list("tag")).toMatchObject(expected);
  });
});

const arn = (kind: string, region = "us-east-1") =>
  `arn:aws:rolesanywhere:${region}:111122223333:${kind}/11111111-1111-1111-1111-111111111111`;
const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const needed = [
  "--certificate=client.pem",
  `--trust-anchor-arn=${arn("trust-anchor")}`,
  `--profile-arn=${arn("profile")}`,
  `--role-arn=${role("Demo")}`,
];
function resolve({ words = [], ...given }: Given = {}): VendSettings {
  return resolveVendSettings(sourcesOf({ words: [...needed, ...words], ...given }));
}

describe("the settings of a session", () => {
  it("have defaults", () => {
    const found = resolve();
    expect(found).toMatchObject({
      durationSeconds: { value: 3_600, origin: { kind: "default" } },
      region: { value: "us-east-1", origin: { kind: "derived" } },
      endpoint: { value: { host: "rolesanywhere.us-east-1.amazonaws.com" }, origin: { kind: "derived" } },
      roleSessionName: undefined,
      hops: [],
      sts: { endpoint: undefined, useFipsEndpoint: undefined, useDualstackEndpoint: undefined },
      verifySsl: { value: true, origin: { kind: "default" } },
      caBundle: undefined,
      debug: false,
    });
    expect(found.identity).toMatchObject({
      certificate: { value: { label: "client.pem" } },
      privateKey: undefined,
      systemStoreName: { value: "MY", origin: { kind: "default" } },
      useLatestExpiringCertificate: { value: false, origin: { kind: "default" } },
      reusePin: { value: false },
      noTpmKeyPassword: { value: false },
    });
  });

  it.each([
    ["certificate", "identity.certificate.value.label", "a", "a"],
    ["private-key", "identity.privateKey.value.label", "a", "a"],
    ["intermediates", "identity.intermediates.value.label", "a", "a"],
    ["pkcs8-password", "identity.pkcs8Password.value", "a", "a"],
    ["pkcs12-password", "identity.pkcs12Password.value", "a", "a"],
    ["password-file", "identity.passwordFile.value", "a", "a"],
    ["system-store-name", "identity.systemStoreName.value", "a", "a"],
    ["use-latest-expiring-certificate", "identity.useLatestExpiringCertificate.value", "true", true],
    ["pkcs11-lib", "identity.pkcs11Lib.value", "a", "a"],
    ["pkcs11-pin", "identity.pkcs11Pin.value", "a", "a"],
    ["pkcs11-pin-file", "identity.pkcs11PinFile.value", "a", "a"],
    ["reuse-pin", "identity.reusePin.value", "true", true],
    ["tpm-key-password", "identity.tpmKeyPassword.value", "a", "a"],
    ["no-tpm-key-password", "identity.noTpmKeyPassword.value", "true", true],
    ["trust-anchor-arn", "trustAnchorArn.value.text", arn("trust-anchor"), arn("trust-anchor")],
    ["profile-arn", "profileArn.value.text", arn("profile"), arn("profile")],
    ["role-arn", "roleArn.value.text", role("Other"), role("Other")],
    ["session-duration", "durationSeconds.value", "900", 900],
    ["role-session-name", "roleSessionName.value", "me", "me"],
    ["region", "region.value", "eu-west-1", "eu-west-1"],
    ["endpoint", "endpoint.value.host", "https://here:1", "here:1"],
    ["no-verify-ssl", "verifySsl.value", "true", false],
    ["debug", "debug", "true", true],
  ])("have --%s at %s", (name, path, text, expected) => {
    const words = [...needed.filter((word) => !word.startsWith(`--${name}=`)), `--${name}=${text}`];
    expect(resolveVendSettings(sourcesOf({ words }))).toHaveProperty(path, expected);
    const rest = words.slice(0, -1);
    const variables = { [environmentName(name)]: text };
    expect(resolveVendSettings(sourcesOf({ words: rest, variables }))).toHaveProperty(path, expected);
    const profile = `${profileKey(name)} = ${text}`;
    expect(resolveVendSettings(sourcesOf({ words: rest, profile }))).toHaveProperty(path, expected);
  });

  it.each(["trust-anchor-arn", "profile-arn", "role-arn"])(
    "cannot do without %s, and say where it may stand",
    (name) => {
      const words = needed.filter((word) => !word.startsWith(`--${name}=`));
      expect(() => resolveVendSettings(sourcesOf({ words }))).toThrow(/missing/);
      const empty = { words, variables: { [environmentName(name)]: "" } };
      expect(() => resolveVendSettings(sourcesOf(empty))).toThrow(/missing/);
    },
  );

  it.each([
    ["region", [`--profile-arn=${arn("profile", "eu-west-1")}`]],
    ["account", [`--profile-arn=${arn("profile").replace("111122223333", "444455556666")}`]],
    ["role's account", [`--role-arn=${role("Demo").replace("111122223333", "444455556666")}`]],
    ["partition", [`--role-arn=${role("Demo").replace("arn:aws:", "arn:aws-cn:")}`]],
  ])("are of one %s", (_, words) => {
    expect(() => resolve({ words })).toThrow(expect.objectContaining({ code: "ERR_ARN_MISMATCH" }) as Error);
  });

  it.each([900, 43_200])("last %i seconds", (seconds) => {
    expect(resolve({ words: [`--session-duration=${seconds}`] }).durationSeconds.value).toBe(seconds);
  });

  it.each([899, 43_201])("do not last %i seconds", (seconds) => {
    expect(() => resolve({ words: [`--session-duration=${seconds}`] })).toThrow(/900-43200/);
  });
});

describe("of certificate and store, which exclude each other,", () => {
  const words = needed.slice(1);
  it("the stronger origin wins", () => {
    const strong = resolveVendSettings(
      sourcesOf({ words: [...words, "--certificate=a"], variables: { ROLESANYWHERE_TS_CERT_STORE: "/store" } }),
    );
    expect(strong.identity).toMatchObject({ certificate: { value: { label: "a" } }, certStore: undefined });
    const weak = resolveVendSettings(
      sourcesOf({ words: [...words, "--cert-store=/store"], profile: "rolesanywhere_certificate = a" }),
    );
    expect(weak.identity).toMatchObject({ certificate: undefined, certStore: { value: "/store" } });
  });

  it.each([
    [["--certificate=a", "--cert-store=b"]],
    [["--certificate=a", "--cert-selector=Key=x509Subject,Value=CN=a"]],
    [["--private-key=a", "--cert-store=b"]],
    [["--private-key=a", "--cert-selector=Key=x509Subject,Value=CN=a"]],
    [["--intermediates=a", "--cert-selector=Key=x509Subject,Value=CN=a"]],
  ])("both of one origin are refused: %s", (more) => {
    expect(() => resolveVendSettings(sourcesOf({ words: [...words, ...more] }))).toThrow(/exclude/);
  });
});

describe("the cache", () => {
  const cache = (given: Given) => resolveCacheSettings(sourcesOf(given).lookup);
  it.each([
    [{}, undefined],
    [{ words: ["--cache"] }, true],
    [{ words: ["--no-cache"] }, false],
    [{ words: ["--cache=false"] }, false],
    [{ words: ["--no-cache=false"] }, true],
    [{ words: ["--cache"], variables: { ROLESANYWHERE_TS_NO_CACHE: "true" } }, true],
    [{ words: ["--no-cache"], variables: { ROLESANYWHERE_TS_CACHE: "true" } }, false],
    [{ variables: { ROLESANYWHERE_TS_CACHE: "true" }, profile: "rolesanywhere_no_cache = true" }, true],
    [{ variables: { ROLESANYWHERE_TS_CACHE: "true", ROLESANYWHERE_TS_NO_CACHE: "true" } }, false],
  ])("of %j is on: %s", (given: Given, enabled) => {
    expect(cache(given).enabled).toBe(enabled);
  });

  it("has a folder and a window of 0-43200 seconds", () => {
    const words = ["--cache-dir=/c", "--cache-window=43200"];
    expect(cache({ words })).toMatchObject({ folder: { value: "/c" }, windowSeconds: 43_200 });
    expect(cache({ words: ["--cache-window=0"] }).windowSeconds).toBe(0);
    expect(cache({})).toMatchObject({ folder: undefined, windowSeconds: undefined });
    for (const window of ["-1", "43201"])
      expect(() => cache({ words: [`--cache-window=${window}`] })).toThrow(/0-43200/);
  });
});
