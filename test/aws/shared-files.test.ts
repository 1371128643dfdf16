import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AwsCredentials } from "../../src/aws/credentials.js";
import { holdCredentials, requireForm } from "../../src/aws/hold-credentials.js";
import { isDate, malformedMember, requestIdOf } from "../../src/aws/issued-values.js";
import {
  configFilePath,
  credentialsFilePath,
  expandHome,
  profileNameOf,
  readSharedFiles,
} from "../../src/aws/shared-config.js";
import { environmentProfile, givesCredentials, readSharedProfiles } from "../../src/aws/shared-profiles.js";
import { createScratch } from "../support/scratch.js";

describe("the shared files", () => {
  it("are where the variables say, else below the home, else nowhere", () => {
    const named = { AWS_CONFIG_FILE: "~/c", AWS_SHARED_CREDENTIALS_FILE: "/x/k" };
    const paths = (variables: Record<string, string>, homeDirectory: string | undefined) => [
      configFilePath({ variables, homeDirectory }),
      credentialsFilePath({ variables, homeDirectory }),
    ];
    expect(paths(named, "/home/me")).toEqual([join("/home/me", "c"), "/x/k"]);
    expect(paths(named, undefined)).toEqual(["~/c", "/x/k"]);
    const empty = { AWS_CONFIG_FILE: "", AWS_SHARED_CREDENTIALS_FILE: "" };
    expect(paths(empty, "/home/me")).toEqual([join("/home/me/.aws/config"), join("/home/me/.aws/credentials")]);
    expect(paths({}, undefined)).toEqual([undefined, undefined]);
  });

  it.each([
    ["~", "/home/me"],
    ["~/a", "/home/me/a"],
    ["~\\a", join("/home/me", "\\a")],
    ["~other/a", "~other/a"],
    ["/~/a", "/~/a"],
  ])("of path %s are at %s", (path, expected) => {
    expect(expandHome(path, "/home/me")).toBe(expected);
  });

  it("are told apart: there, missing, unreadable", () => {
    const folder = createScratch("shared");
    const environment = (AWS_CONFIG_FILE: string) => ({
      variables: { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE: join(folder, "none") },
      homeDirectory: undefined,
    });
    writeFileSync(join(folder, "config"), "[default]\nregion = eu-west-1\n");
    const there = readSharedFiles(environment(join(folder, "config")));
    expect(there.config).toMatchObject({ exists: true, fault: undefined, file: join(folder, "config") });
    expect(there.config.bytes.toString()).toBe("[default]\nregion = eu-west-1\n");
    expect(there.credentials).toMatchObject({ exists: false, fault: undefined });
    expect(readSharedFiles(environment(join(folder, "config", "below"))).config.exists).toBe(false);
    mkdirSync(join(folder, "folder"));
    expect(readSharedFiles(environment(join(folder, "folder"))).config).toMatchObject({
      exists: true,
      fault: {
        code: "ERR_CONFIG_FILE",
        message: `cannot read the AWS config file ${join(folder, "folder")}: EISDIR`,
        hints: ["check its path (AWS_CONFIG_FILE) and its mode"],
      },
    });
    const swapped = { AWS_SHARED_CREDENTIALS_FILE: join(folder, "folder"), AWS_CONFIG_FILE: "/nowhere" };
    expect(readSharedFiles({ variables: swapped, homeDirectory: undefined }).credentials.fault).toMatchObject({
      message: `cannot read the AWS credentials file ${join(folder, "folder")}: EISDIR`,
      hints: ["check its path (AWS_SHARED_CREDENTIALS_FILE) and its mode"],
    });
    expect(readSharedFiles({ variables: {}, homeDirectory: undefined }).config).toMatchObject({
      exists: false,
      file: "",
    });
  });

  it.each([
    ["default", "default"],
    ["default x", undefined],
    ["profile", undefined],
    ["profile a b", "a b"],
    ["profile 'a b'", "a b"],
    ['profile "a"', "a"],
    ["services x", undefined],
    ["x", undefined],
  ])("have in section [%s] the profile %s", (header, name) => {
    expect(profileNameOf(header)).toBe(name);
  });

  it("make profiles together, in which the credentials file wins", () => {
    const folder = createScratch("shared");
    const [config, credentials] = [join(folder, "config"), join(folder, "credentials")];
    writeFileSync(config, "[profile app]\nregion = eu-west-1\naws_access_key_id = config\n[services app]\nx = y\n");
    writeFileSync(credentials, "[app]\naws_access_key_id = credentials\n[profile odd]\naws_access_key_id = odd\n");
    const variables = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials };
    const { profiles, files } = readSharedProfiles({ variables, homeDirectory: undefined });
    expect(files).toEqual([config, credentials]);
    expect([...profiles.keys()]).toEqual(["app", "profile odd"]);
    expect(Object.fromEntries(profiles.get("app") ?? [])).toEqual({
      region: "eu-west-1",
      aws_access_key_id: "credentials",
    });
    expect(readSharedProfiles({ variables: {}, homeDirectory: undefined }).files).toEqual([]);
  });

  it("give credentials by some keys and not by others", () => {
    const profile = (key: string, value = "x") => new Map([[key, value]]);
    const giving = ["aws_access_key_id", "credential_process", "role_arn", "sso_session", "web_identity_token_file"];
    for (const key of [...giving, "login_session", "credential_source", "source_profile", "sso_start_url"])
      expect([key, givesCredentials(profile(key))]).toEqual([key, true]);
    expect([givesCredentials(profile("region")), givesCredentials(profile("role_arn", ""))]).toEqual([false, false]);
    expect(givesCredentials(undefined)).toBe(false);
  });

  it("have the profile that the environment names", () => {
    expect(environmentProfile({ AWS_PROFILE: "a", AWS_DEFAULT_PROFILE: "b" })).toBe("a");
    expect(environmentProfile({ AWS_PROFILE: "", AWS_DEFAULT_PROFILE: "b" })).toBe("b");
    expect(environmentProfile({ AWS_DEFAULT_PROFILE: "" })).toBeUndefined();
  });
});

describe("credentials of any origin", () => {
  const good = { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token" };

  it.each([
    [{}, undefined],
    [{ sessionToken: undefined }, undefined],
    [{ expiration: new Date("9999-12-31T23:59:59Z") }, undefined],
    [{ expiration: new Date("1970-01-01T00:00:00Z") }, undefined],
    [{ accessKeyId: "AKID\n" }, "accessKeyId"],
    [{ accessKeyId: 7 as unknown as string }, "accessKeyId"],
    [{ secretAccessKey: "a\u0000b" }, "secretAccessKey"],
    [{ sessionToken: "a\rb" }, "sessionToken"],
    [{ expiration: new Date(Number.NaN) }, "expiration"],
    [{ expiration: new Date("1969-12-31T23:59:59Z") }, "expiration"],
    [{ expiration: new Date(Date.UTC(10_000, 0)) }, "expiration"],
    [{ expiration: "2030" as unknown as Date }, "expiration"],
  ])("%# are malformed in %s", (changes, member) => {
    const credentials = { ...good, ...changes } as AwsCredentials;
    expect(malformedMember(credentials)).toBe(member);
    const use = () => requireForm(credentials);
    if (member === undefined) return void use();
    let refusal: unknown;
    try {
      use();
    } catch (error) {
      refusal = error;
    }
    // oxlint-disable-next-line vitest/no-conditional-expect -- the row decides
    expect(refusal).toMatchObject({
      code: "ERR_CREDENTIALS",
      message: expect.stringMatching(new RegExp(`(?:a malformed|a line end \\((?:CR|LF)\\) stands in the) ${member}`)),
    });
  });

  it("are held until five minutes before they end, and failures are not", async () => {
    let calls = 0;
    let lasting: number | undefined = 301_000;
    let fails = false;
    const held = holdCredentials(async () => {
      calls++;
      if (fails) throw new Error("no");
      return lasting === undefined ? good : { ...good, expiration: new Date(Date.now() + lasting) };
    });
    await Promise.all([held(), held()]);
    await held();
    expect(calls).toBe(1);
    lasting = 299_000;
    const soon = holdCredentials(async () => (calls++, { ...good, expiration: new Date(Date.now() + 299_000) }));
    await soon();
    await soon();
    expect(calls).toBe(3);
    lasting = undefined;
    const endless = holdCredentials(async () => (calls++, good));
    await endless();
    await endless();
    expect(calls).toBe(4);
    fails = true;
    const failing = holdCredentials(async () => {
      calls++;
      throw new Error("no");
    });
    await expect(failing()).rejects.toThrow("no");
    await expect(failing()).rejects.toThrow("no");
    expect(calls).toBe(6);
  });

  it("have request ids that look like one, and dates that can be written", () => {
    const id = "01234567-89ab-cdef-0123-456789abcdef";
    expect([requestIdOf(id), requestIdOf("a b\n"), requestIdOf(undefined)]).toEqual([id, undefined, undefined]);
    expect([isDate(new Date()), isDate(0), isDate(new Date(Number.NaN))]).toEqual([true, false, false]);
  });
});
