import * as fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadIdentity } from "../../../src/identity/load-identity.js";
import { resolveCacheSettings } from "../../../src/settings/cache-settings.js";
import { readSettingSources } from "../../../src/settings/sources.js";
import { resolveVendSettings } from "../../../src/settings/vend-settings.js";
import { decidesAnswer, indexPath, namedFolder } from "../../../src/vending/cache/invocation-index.js";
import { createPki } from "../../support/pki.js";
import { createScratch } from "../../support/scratch.js";

const variables = fc.dictionary(fc.constantFrom("ROLESANYWHERE_TS_A", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE"), fc.string());
const invocations = fc.record({
  argv: fc.array(fc.string()),
  variables,
  homeDirectory: fc.option(fc.string(), { nil: undefined }),
  platform: fc.constantFrom<NodeJS.Platform>("linux", "win32"),
});

describe("the index", () => {
  it("keeps apart all invocations that differ in anything that decides the answer", () => {
    fc.assert(
      fc.property(invocations, invocations, (one, other) => {
        const same = JSON.stringify(normal(one)) === JSON.stringify(normal(other));
        expect(indexPath("/c", one) === indexPath("/c", other)).toBe(same);
      }),
    );
    fc.assert(
      fc.property(invocations, (one) => {
        expect(indexPath("/c", { ...one, argv: [...one.argv, ""] })).not.toBe(indexPath("/c", one));
        expect(indexPath("/c", { ...one, variables: { ...one.variables, TERM: "x" } })).toBe(indexPath("/c", one));
      }),
    );
  });

  it("looks at every variable that settings and identity read", async () => {
    const folder = createScratch("watched");
    const issued = createPki().leaf("ec-p256");
    const file = join(folder, "client.pem");
    writeFileSync(file, issued.pem + issued.key.privateKeyPem);
    const read = new Set<string>();
    const watched = new Proxy<Record<string, string | undefined>>(
      {},
      {
        get(_, name) {
          if (typeof name === "string") read.add(name);
          return undefined;
        },
      },
    );
    const sources = readSettingSources(
      {
        certificate: file,
        "trust-anchor-arn": "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/ta-1",
        "profile-arn": "arn:aws:rolesanywhere:us-east-1:111122223333:profile/p-1",
        "role-arn": "arn:aws:iam::111122223333:role/demo",
      },
      {},
      { variables: watched, homeDirectory: folder, workingDirectory: folder, platform: "linux" },
    );
    const settings = resolveVendSettings(sources);
    resolveCacheSettings(sources.lookup);
    await loadIdentity(settings.identity, {
      variables: watched,
      homeDirectory: folder,
      platform: "linux",
      descriptors: new Map(),
      prompt: undefined,
      debug: () => undefined,
      now: () => new Date(),
    });
    expect(read.size).toBeGreaterThan(20);
    expect([...read].filter((name) => !decidesAnswer(name))).toEqual([]);
  });

  it.each([
    [["credential-process", "--cache-dir", "/a"], {}, "/a"],
    [["credential-process", "--cache-dir=/b"], { ROLESANYWHERE_TS_CACHE_DIR: "/c" }, "/b"],
    [["credential-process"], { ROLESANYWHERE_TS_CACHE_DIR: "/c" }, "/c"],
    [["credential-process"], { ROLESANYWHERE_TS_CACHE_DIR: "" }, undefined],
    [["credential-process", "--cache-dir"], {}, undefined],
  ])("is looked for where %j %j says", (argv, given, folder) => {
    expect(namedFolder({ argv, variables: given })).toBe(folder);
  });
});

function normal({ variables: given, ...rest }: { readonly variables: Record<string, string> }) {
  return [rest, Object.entries(given).sort(([one], [other]) => (one < other ? -1 : 1))];
}
