import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findBundledPackages, formatLicenses } from "../../scripts/bundled-packages.mjs";
import { createScratch } from "../support/scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as unknown;

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly scope: string;
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
}

interface Bill {
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly Component[];
}

/** `name version (licence)`, as the notices write it. */
const describeComponent = ({ group, name, version, licenses }: Component) => {
  const [licence] = licenses;
  return `${group === undefined ? "" : `${group}/`}${name} ${version} (${licence?.license?.id ?? licence?.expression})`;
};

const packages = findBundledPackages([readJson("dist/metafile.json"), readJson("dist/metafile-library.json")], root);
const names = packages.map(({ name, version, license }) => `${name} ${version} (${license})`);

describe("the notices of what is bundled", () => {
  const notices = readFileSync(join(root, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");

  it("name every package of the executable and of the library once", () => {
    const headings = notices.split("\n").filter((line) => names.includes(line));
    expect(headings.toSorted()).toEqual(names.toSorted());
    expect(names).toContainEqual(expect.stringMatching(/^@aws-sdk\/client-sts /));
  });

  it("hold licences that let anybody bundle, each with its text", () => {
    const permissive = [
      "0BSD",
      "Apache-2.0",
      "BSD-2-Clause",
      "BSD-3-Clause",
      "ISC",
      "MIT",
      "(BSD-3-Clause OR GPL-2.0)",
    ];
    expect(packages.filter(({ license }) => !permissive.includes(license))).toEqual([]);
    for (const part of notices.split(/^-{80}$/m).slice(1)) {
      expect(part).toMatch(/Permission (?:is hereby granted|to use, copy)|Redistribution and use|TERMS AND CONDITIONS/);
    }
    expect(notices).toContain("Apache Arrow");
  });

  it("are refused for a package whose licence has no text", () => {
    const folder = createScratch("package");
    const entry = { folder: "odd", name: "odd", version: "1.0.0", license: "Odd", author: undefined };
    mkdirSync(join(folder, "odd"));
    expect(() => formatLicenses([entry], folder)).toThrow("odd ships no text of its licence, Odd");
    writeFileSync(join(folder, "odd/NOTICE"), "odd notice\n");
    writeFileSync(join(folder, "odd/LICENCE.md"), "\n  odd licence\n\n");
    expect(formatLicenses([entry], folder)).toContain("odd 1.0.0 (Odd)\n\n  odd licence\n\nodd notice\n");
  });
});

describe("the bill of materials", () => {
  const write = (...words: readonly string[]): Bill => {
    const file = join(createScratch("bill"), "bill.json");
    execFileSync(process.execPath, ["scripts/sbom.mjs", file, ...words], { cwd: root });
    return JSON.parse(readFileSync(file, "utf8")) as Bill;
  };

  it("keeps to CycloneDX's schema and names what the notices name, with the optional module", () => {
    const bill = write();
    expect(bill.metadata.component).toMatchObject({ name: "rolesanywhere-ts" });
    const bundled = bill.components.filter(({ scope }) => scope === "required");
    expect(bundled.map(describeComponent).toSorted()).toEqual(names.toSorted());
    const beside = bill.components.filter(({ scope }) => scope === "optional");
    expect(beside.map(({ name }) => name)).toEqual(["pkcs11js"]);
  });

  it("is the same each time, has no path of this machine, and names the runtime of standalone executables", () => {
    const bill = write("--standalone");
    expect(write("--standalone")).toEqual(bill);
    expect(JSON.stringify(bill)).not.toContain(root);
    expect(bill.components.map(({ name }) => name)).toContain("bun");
  });
});
