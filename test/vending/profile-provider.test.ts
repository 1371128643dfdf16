import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createDefaultChain } from "../../src/vending/default-chain.js";
import { createProfileProvider } from "../../src/vending/profile-provider.js";
import { SecretSearch } from "../support/canary.js";
import { createScratch } from "../support/scratch.js";

afterEach(() => vi.unstubAllEnvs());

const password = "canary-Passw0rd-7f3a";

/** A shared config file whose processes fail; the AWS SDK finds it by the process's own environment. */
function plant() {
  const folder = createScratch("profiles");
  const file = join(folder, "config");
  const failing = `credential_process = sh -c "exit 3" sh --pkcs8-password ${password}`;
  const role = "role_arn = arn:aws:iam::111122223333:role/X\nregion = us-east-1\nsource_profile = app";
  writeFileSync(
    file,
    `[default]\n${failing}\n[profile app]\n${failing}\n[profile role]\n${role}\n` +
      `[profile junk]\ncredential_process = echo ${password}\n[profile gone]\ncredential_process = /nowhere --pin ${password}\n`,
  );
  const variables = { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return { variables, homeDirectory: folder };
}

describe("the error of a profile whose process fails", () => {
  it.each(["app", "role", "junk", "gone"])("holds nothing of its command line: %s", async (profile) => {
    const environment = plant();
    const provider = await createProfileProvider({ profile, clientConfig: {}, environment });
    const search = new SecretSearch([password]);
    const error: unknown = await provider().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    search.error(error, profile);
    expect(search.leaks).toEqual([]);
  });

  it("holds nothing of it when the default chain ran it", async () => {
    const environment = plant();
    const provider = await createDefaultChain({ region: "us-east-1", environment });
    const search = new SecretSearch([password]);
    search.error(await provider().catch((caught: unknown) => caught), "default");
    expect(search.places).toBeGreaterThan(3);
    expect(search.leaks).toEqual([]);
  });
});
