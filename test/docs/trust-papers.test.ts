// The papers that people read before they trust, install or change the project say what is so.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  manifestFields,
  nameManifest,
  nameSecurityPage,
  parseProject,
  readProject,
  reportingPlace,
} from "../../scripts/project.mjs";
import { bunChecksums, bunVersion, checkRuntime } from "../../scripts/standalone-runtime.mjs";
import { serviceEndpoint } from "../../src/aws/endpoint.js";
import { partitionOfRegion } from "../../src/aws/partition.js";
import { aRegion } from "../support/parsed.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string) => readFileSync(join(root, name), "utf8");
const nameless = { repository: undefined, securityContact: undefined };
const named = { repository: "example/rolesanywhere-ts", securityContact: "security@example.com" };

describe("project.json", () => {
  it("is what package.json and SECURITY.md say", () => {
    const words = ["scripts/name-project.mjs", "--check"];
    const { stderr, status } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  });

  it("puts the repository into package.json, behind the keywords, and nothing while it has no name", () => {
    expect(manifestFields(nameless)).toEqual({});
    const manifest = nameManifest({ name: "a", keywords: ["b"], bugs: "old", license: "c" }, named);
    expect(JSON.stringify(manifest)).toBe(
      JSON.stringify({
        name: "a",
        keywords: ["b"],
        homepage: "https://github.com/example/rolesanywhere-ts#readme",
        bugs: { url: "https://github.com/example/rolesanywhere-ts/issues" },
        repository: { type: "git", url: "git+https://github.com/example/rolesanywhere-ts.git" },
        license: "c",
      }),
    );
    expect(nameManifest(manifest, nameless)).toEqual({ name: "a", keywords: ["b"], license: "c" });
  });

  it("puts the place for reports into SECURITY.md, and takes it out again", () => {
    const page = nameSecurityPage(read("SECURITY.md"), named);
    expect(page).toContain("https://github.com/example/rolesanywhere-ts/security/advisories/new");
    expect(page).toContain("<security@example.com>");
    expect(nameSecurityPage(page, readProject(root))).toBe(read("SECURITY.md"));
    expect(reportingPlace(nameless)).not.toMatch(/@|https:/);
    expect(() => nameSecurityPage("# Security\n", named)).toThrow("SECURITY.md has lost the marks");
  });

  it.each([
    [{ repository: "https://github.com/a/b", securityContact: "" }, "repository in project.json"],
    [{ repository: "", securityContact: "nobody" }, "securityContact in project.json"],
    [{ repository: "", securityContact: "", homepage: "" }, 'has no member "homepage"'],
  ])("%j is refused", (given, message) => {
    expect(() => parseProject(given)).toThrow(message);
  });
});

describe("SECURITY.md", () => {
  it("says how to report, in what time, and which versions get fixes", () => {
    const headings = [...read("SECURITY.md").matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(["Report a vulnerability", "Response", "Supported versions", "Scope"]);
    expect(read("SECURITY.md")).toMatch(/\| \d+ working days \|[^]*\| 10 days \|[^]*\| 30 days/);
  });
});

describe("the forms for issues", () => {
  const folder = ".github/ISSUE_TEMPLATE";
  const forms = readdirSync(join(root, folder)).filter((name) => name !== "config.yml");

  it.each(forms)("%s has what GitHub asks of a form", (name) => {
    const form = parse(read(`${folder}/${name}`)) as {
      readonly name: string;
      readonly description: string;
      readonly body: readonly { readonly type: string; readonly id?: string; readonly attributes: object }[];
    };
    expect(form.name.length * form.description.length).toBeGreaterThan(0);
    const asked = form.body.filter(({ type }) => type !== "markdown");
    const ids = asked.map(({ id }) => id ?? "");
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, id, attributes } of asked) {
      expect(["input", "textarea", "dropdown", "checkboxes"]).toContain(type);
      expect(id).toMatch(/^[a-z]+$/);
      expect(attributes).toMatchObject({ label: expect.stringMatching(/\w/) as string });
    }
  });

  it("send reports of weaknesses elsewhere", () => {
    expect(read(`${folder}/bug.yml`)).toContain("SECURITY.md");
    expect(read(".github/PULL_REQUEST_TEMPLATE.md")).toContain("SECURITY.md");
  });
});

describe("docs/decisions", () => {
  const records = readdirSync(join(root, "docs/decisions")).filter((name) => /^\d{4}-/.test(name));

  it("are numbered without a gap and listed", () => {
    expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, index) => index + 1));
    for (const name of records) expect(read("docs/decisions/README.md")).toContain(`](${name})`);
  });

  it.each(records)("%s tells situation, choice, what was weighed and what it costs", (name) => {
    const parts = [...read(`docs/decisions/${name}`).matchAll(/^\*\*(\w+)\.\*\* /gm)].map(([, part]) => part);
    expect(parts).toEqual(["Situation", "Choice", "Weighed", "Costs"]);
  });
});

describe("docs/security-questions.md", () => {
  const page = read("docs/security-questions.md");
  const answers = page.split(/^## \d+\. /m).slice(1);

  it("answers each question of its table, with a link or a test behind it", () => {
    const questions = [...page.matchAll(/^\| (\d+) \| \[/gm)].map(([, number]) => Number(number));
    expect(questions).toEqual(answers.map((_, index) => index + 1));
    expect(questions.length).toBeGreaterThanOrEqual(13);
    const bare = answers.filter((answer) => !/\]\(|`(?:test\/|npm run )|GitHub|AWS/.test(answer));
    expect(bare).toEqual([]);
  });

  it("names the hosts that the program asks, in the partitions that it names", () => {
    const plain = { useFipsEndpoint: false, useDualstackEndpoint: false };
    for (const service of ["rolesanywhere", "sts", "s3", "dynamodb"]) {
      const { host, port } = serviceEndpoint(service, aRegion("us-east-1"), plain);
      expect(page).toContain(`\`${host.replace("us-east-1", "REGION")}\``);
      expect(port).toBe(443);
    }
    const fips = serviceEndpoint("rolesanywhere", aRegion("us-east-1"), { ...plain, useFipsEndpoint: true });
    expect(page).toContain(`\`${fips.host.replace("us-east-1", "REGION")}\``);
    for (const region of ["cn-north-1", "eusc-de-east-1"])
      expect(page).toContain(`\`${partitionOfRegion(region).dnsSuffix}\``);
    expect(page).toContain(`\`${partitionOfRegion("us-east-1").dualStackDnsSuffix}\``);
  });

  it("names tests that exist", () => {
    const tests = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path);
    expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("the runtime of standalone files", () => {
  it("has a reviewed checksum for every target", () => {
    const packages = [...read("scripts/build-standalone.mjs").matchAll(/package: "(@oven\/[^"]+)"/g)];
    expect(packages.map(([, name]) => name).toSorted()).toEqual(Object.keys(bunChecksums).toSorted());
    for (const checksum of Object.values(bunChecksums)) expect(checksum).toMatch(/^sha512-[\w+/]{86}==$/);
  });

  it("is refused with other bytes", () => {
    const name = "@oven/bun-linux-x64";
    const lock = (integrity: string) => ({ packages: { [`node_modules/${name}`]: { integrity } } });
    expect(() => checkRuntime(name, lock(bunChecksums[name] ?? ""))).not.toThrow();
    expect(() => checkRuntime(name, lock("sha512-other"))).toThrow(`${bunVersion} has the checksum sha512-other`);
    expect(() => checkRuntime(name, {})).toThrow("has the checksum (none)");
  });
});

describe("settings for editors and git", () => {
  it("let every text file end its lines alike", () => {
    const lines = execFileSync("git", ["ls-files", "--eol"], { cwd: root, encoding: "utf8" }).trim().split("\n");
    expect(lines.filter((line) => /^i\/(?:crlf|mixed)/.test(line))).toEqual([]);
    expect(read(".gitattributes")).toContain("* text=auto eol=lf");
    expect(read(".editorconfig")).toContain("max_line_length = 120");
  });

  it("name the Node.js that releases are built with", () => {
    const used = [...read(".github/workflows/release.yaml").matchAll(/node-version: (\d+)/g)].map(([, major]) => major);
    expect(new Set(used)).toEqual(new Set([read(".nvmrc").trim()]));
  });
});
