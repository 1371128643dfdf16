import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readReleaseNotes } from "../../scripts/release-notes.mjs";
import { requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, ".github/workflows");
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly { readonly run?: string; readonly uses?: string }[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

describe.each(workflows)("the workflow $name", ({ name, text }) => {
  const { permissions, jobs } = parse(text) as Workflow;

  it("pins other people's actions to commits, with their versions beside them", () => {
    const actions = [...text.matchAll(/uses: (\S+)(.*)$/gm)].filter(([, action = ""]) => !action.startsWith("./"));
    for (const [, action, comment] of actions) {
      expect(action).toMatch(/^[\w-]+\/[\w-]+(?:\/[\w-]+)?@[0-9a-f]{40}$/);
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  it("may read by default, and writes only in the jobs that publish or report findings", () => {
    expect(permissions).toEqual({ contents: "read" });
    const writing = Object.entries(jobs).filter(([, job]) => Object.values(job.permissions ?? {}).includes("write"));
    const writers: Readonly<Record<string, readonly string[]>> = {
      "release.yaml": ["publish", "announce"],
      "code-scanning.yaml": ["codeql"],
    };
    expect(writing.map(([job]) => job)).toEqual(writers[name] ?? []);
    for (const [, job] of writing) {
      expect(JSON.stringify(job)).not.toMatch(/npm (?:ci|install|run)/);
      // A job that checks the code out may tell what it found in it, and write nothing else.
      const writes = Object.entries(job.permissions ?? {}).filter(([, level]) => level === "write");
      const allowed = JSON.stringify(job).includes("checkout") ? ["security-events"] : writes.map(([what]) => what);
      expect(writes.map(([what]) => what)).toEqual(allowed);
    }
  });

  it.skipIf(!requireTools("the workflows' syntax", "actionlint"))("is clean for actionlint", () => {
    const { stdout, stderr, status } = spawnSync("actionlint", ["-no-color", join(folder, name)], { encoding: "utf8" });
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
  });
});

describe("a release", () => {
  const workflow = readFileSync(join(folder, "release.yaml"), "utf8");

  it("has what the lean file of the other processor needs", () => {
    expect(workflow).toContain("--target aarch64-unknown-linux-gnu");
    expect(workflow).toMatch(/apt-get install .* cmake g\+\+-aarch64-linux-gnu$/m);
  });

  it("tries one executable, and not every file of its processor", () => {
    expect(workflow).toMatch(/run: release\/[^*\n]*-linux-x64 version$/m);
  });

  it("takes its notes from the changelog's section, and is refused without one", () => {
    const changelog =
      "# Changelog\n\n## Unreleased\n\n- c\n\n## 1.2.0 (2026-11-22)\n\n- b\n- bb\n\n## 1.1.0\n\n- a\n\n## 1.0.0\n";
    expect(readReleaseNotes(changelog, "1.2.0")).toBe("- b\n- bb\n");
    expect(readReleaseNotes(changelog, "1.1.0")).toBe("- a\n");
    for (const version of ["1.0.0", "1.2", "2.0.0"]) {
      expect(() => readReleaseNotes(changelog, version)).toThrow(`CHANGELOG.md has no section "## ${version}"`);
    }
  });

  it("is refused under a tag of another version", () => {
    const words = ["scripts/release-files.mjs", "--tag", "v0.0.0"];
    const { stderr, status } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
    expect({ stderr, status }).toEqual({
      stderr: expect.stringMatching(
        /^the tag is v0\.0\.0, and package\.json has version \S+: they must be one version\n$/,
      ) as string,
      status: 2,
    });
  });
});
