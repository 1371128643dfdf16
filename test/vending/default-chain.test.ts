import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDefaultChain } from "../../src/vending/default-chain.js";
import { createProfileProvider } from "../../src/vending/profile-provider.js";
import { createScratch } from "../support/scratch.js";

const keysOf = (name: string) => `aws_access_key_id = AKID${name}\naws_secret_access_key = secret\n`;

/** What is in the environment and in the shared files, for this program and for the SDK. */
function arrange(config: string, variables: Readonly<Record<string, string>> = {}) {
  const folder = createScratch("chain");
  const files = { AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") };
  writeFileSync(files.AWS_CONFIG_FILE, config);
  const all: Record<string, string> = { ...files, AWS_EC2_METADATA_DISABLED: "true", ...variables };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  return { variables: all, homeDirectory: folder };
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("HOME", createScratch("home"));
});
afterEach(() => void vi.unstubAllEnvs());

async function resolve(config: string, variables: Readonly<Record<string, string>> = {}) {
  const environment = arrange(config, variables);
  return (await createDefaultChain({ region: "eu-west-1", environment }))();
}

const inEnvironment = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret" };

describe("the default credential chain", () => {
  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    ["the environment", "", inEnvironment, "AKIDENV"],
    ["the environment over profile default", `[default]\n${keysOf("DEFAULT")}`, inEnvironment, "AKIDENV"],
    ["profile default", `[default]\n${keysOf("DEFAULT")}`, {}, "AKIDDEFAULT"],
    [
      "profile default over half an environment",
      `[default]\n${keysOf("DEFAULT")}`,
      { AWS_ACCESS_KEY_ID: "AKIDENV" },
      "AKIDDEFAULT",
    ],
    [
      "profile default over an environment of empty values",
      `[default]\n${keysOf("DEFAULT")}`,
      { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "" },
      "AKIDDEFAULT",
    ],
    [
      "the named profile",
      `[default]\n${keysOf("DEFAULT")}[profile app]\n${keysOf("APP")}`,
      { AWS_PROFILE: "app" },
      "AKIDAPP",
    ],
    [
      "the named profile over the environment",
      `[profile app]\n${keysOf("APP")}`,
      { ...inEnvironment, AWS_PROFILE: "app" },
      "AKIDAPP",
    ],
    ["profile default when the name is empty", `[default]\n${keysOf("DEFAULT")}`, { AWS_PROFILE: "" }, "AKIDDEFAULT"],
  ])("takes %s", async (_, config, variables, accessKeyId) => {
    expect(await resolve(config, variables)).toMatchObject({ accessKeyId });
  });

  it("takes no stand-in for a named profile that is not there", async () => {
    await expect(resolve(`[default]\n${keysOf("DEFAULT")}`, { ...inEnvironment, AWS_PROFILE: "none" })).rejects.toThrow(
      'there are no credentials: profile "none" is not in ',
    );
  });

  it("looks further, as the SDK does, when the named profile gives none", async () => {
    const named = { AWS_PROFILE: "app" };
    await expect(resolve("[profile app]\nregion = eu-west-1\n", named)).rejects.toThrow("(default credential chain): ");
  });

  it("says that there is nothing", async () => {
    await expect(resolve("")).rejects.toMatchObject({
      code: "ERR_CREDENTIALS",
      message: expect.stringContaining("there are no credentials (default credential chain): "),
      hints: [
        expect.stringContaining("--certificate"),
        expect.any(String),
        expect.stringContaining("AWS_ACCESS_KEY_ID"),
      ],
    });
  });

  it("gives no credentials that have ended, and says where they stand", async () => {
    const ended = { ...inEnvironment, AWS_SESSION_TOKEN: "t", AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" };
    await expect(resolve("", ended)).rejects.toThrow("environment variables, AWS_CREDENTIAL_EXPIRATION");
  });
});

describe("a named profile", () => {
  const refusal = async (profile: string, config: string) => {
    const environment = arrange(config);
    const provider = await createProfileProvider({ profile, clientConfig: {}, environment });
    const error: unknown = await provider().catch((found: unknown) => found);
    if (!(error instanceof Error)) throw new Error("it gave credentials");
    return error as Error & { readonly hints: readonly string[] };
  };

  it("fails without the command line of its process, which may hold a password", async () => {
    const config = [
      "[profile app]",
      `credential_process = sh -c "echo 'cannot   open\tthe vault' >&2; exit 3" canary`,
      "[profile silent]",
      'credential_process = sh -c "exit 3" canary',
      "[profile over]",
      "role_arn = arn:aws:iam::111122223333:role/x",
      "source_profile = app",
      "[profile self]",
      "role_arn = arn:aws:iam::111122223333:role/x",
      "source_profile = self",
      'credential_process = sh -c "exit 3" canary',
    ].join("\n");
    const app = await refusal("app", config);
    expect(app.message).toContain('(profile "app"): its credential_process failed: cannot open the vault');
    expect((await refusal("silent", config)).message).toMatch(/failed and wrote nothing to stderr$/);
    expect((await refusal("over", config)).message).toContain(
      'the credential_process of profile "app" failed: cannot open the vault',
    );
    for (const profile of ["app", "silent", "over", "self"])
      expect(JSON.stringify(await refusal(profile, config))).not.toContain("canary");
    expect(app.hints).toEqual(["correct the profile, or name another one", "run its login or its command by hand"]);
  });

  it("says what it lacks, or which profiles there are", async () => {
    const many = Array.from({ length: 12 }, (_, place) => `[profile p${place}]\nregion = x`).join("\n");
    const missing = await refusal("none", many);
    expect(missing.message).toMatch(
      /^there are no credentials: profile "none" is not in .*config or .*credentials \(which does not exist\)$/,
    );
    expect(missing.hints[0]).toBe(
      `profiles there: ${Array.from({ length: 10 }, (_, place) => `p${place}`).join(", ")} and 2 more`,
    );
    expect((await refusal("none", "")).hints[0]).toContain("rolesanywhere-ts configure");
    expect((await refusal("p1", many)).message).toContain("it has no complete set of keys that gives credentials");
    const source = "[profile app]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = gone\n";
    expect((await refusal("app", source)).message).toContain('"gone"');
  });

  it("says no more than 300 characters of what a process wrote", async () => {
    const config = `[profile app]\ncredential_process = sh -c "head -c 2000 /dev/zero | tr '\\0' x >&2; exit 3"\n`;
    const { message } = await refusal("app", config);
    expect(/x+$/.exec(message)?.[0]).toHaveLength(300);
  });
});
