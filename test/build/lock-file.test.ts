import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string) => readFileSync(join(root, name), "utf8");

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const { packages, lockfileVersion } = JSON.parse(read("package-lock.json")) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const manifest = JSON.parse(read("package.json")) as Manifest;
const locked = Object.entries(packages).filter(([path]) => path !== "");

describe("the lock file", () => {
  it("has a SHA-512 for every package", () => {
    expect(lockfileVersion).toBe(3);
    expect(locked.length).toBeGreaterThan(100);
    const without = locked.filter(
      ([, { integrity, inBundle }]) => inBundle !== true && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it("takes packages from the registry that npm is set to, and from no folder or repository", () => {
    expect(locked.filter(([, { resolved, link }]) => resolved !== undefined || link === true)).toEqual([]);
  });

  it("knows which packages run scripts at installation", () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path);
    expect(scripted.map((path) => path.replace(/^.*node_modules\//, "")).sort()).toEqual([
      "classic-level",
      "esbuild",
      "pkcs11js",
    ]);
  });
});

it("package.json names one version of each dependency, and none that a user would install but the optional one", () => {
  const { dependencies = {}, devDependencies, optionalDependencies } = manifest;
  const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
  for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(dependencies).toEqual({});
  expect(Object.keys(optionalDependencies)).toEqual(["pkcs11js"]);
});

it("updates are looked for wherever a dependency is named", () => {
  const { updates } = parse(read(".github/dependabot.yml")) as {
    readonly updates: readonly { readonly "package-ecosystem": string; readonly directory: string }[];
  };
  expect(updates.map((update) => `${update["package-ecosystem"]} ${update.directory}`)).toEqual([
    "npm /",
    "github-actions /",
    "cargo /lean",
    "gomod /test/clients/go",
    "gomod /test/examples/admission",
    "maven /test/clients/java",
    "pip /.ci",
  ]);
});
