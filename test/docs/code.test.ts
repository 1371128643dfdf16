// The TypeScript of README and the pages: all of it compiles against the built package, and every block that stands on
// its own runs, against the account of the pages.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPages } from "../../scripts/docs/page.js";
import { createCodeProject } from "../support/code-project.js";
import type { CodeProject } from "../support/code-project.js";
import { createRoute } from "../support/internet.js";
import { profileArn, roleArn, startPageAccount, trustAnchorArn } from "../support/page-account.js";
import type { PageAccount } from "../support/page-account.js";
import { createPageHome } from "../support/page-home.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition, requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reference = "docs/reference/library.md";
const languages = new Set(["ts", "typescript", "js", "javascript"]);
const pages = readPages(root);
const blocks = pages.flatMap(({ path, blocks: all }) =>
  all
    .filter(({ language }) => languages.has(language))
    .map(({ line, text, directives }) => ({
      place: `${path}:${line}`,
      name: `${path.replaceAll(/\W/g, "_")}_${line}.ts`,
      isReference: path === reference,
      isSignature: path === reference && !/^(?:import|const [^:]+ =|await|for|process)\b/.test(text),
      text: complete(text),
      exemption: /^no, (.+)$/s.exec(directives.get("run") ?? "")?.[1],
    })),
);
const code = blocks.filter(({ isSignature }) => !isSignature);

/** Python that stands on its own runs where its modules are. */
const scripts = pages.flatMap(({ path, blocks: all }) =>
  all
    .filter(({ language, directives }) => language === "python" && !directives.has("run"))
    .map(({ line, text }) => ({
      place: `${path}:${line}`,
      text,
      modules: [...text.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name = ""]) => name),
    })),
);

/** `…` among the members of an object stands for what the reader has to give: certificate, key and ARNs. */
function complete(text: string): string {
  return text.replaceAll(/\{ (?:([^{}…]*), )?… \}/g, (_, members = "") => `{ ...given, ${members} }`);
}

const given = `{
  certificate: "/etc/pki/client.pem",
  privateKey: "/etc/pki/client.key",
  trustAnchorArn: "${trustAnchorArn}",
  profileArn: "${profileArn}",
  roleArn: "${roleArn}",
}`;

/** Examples of the reference are parts of something: they may use these without a declaration. */
const surroundings = `
import type { SessionOptions, RolesAnywhereProvider } from "rolesanywhere-ts";
import type * as all from "rolesanywhere-ts";
declare global {
  const given: ${given.replaceAll(/: "[^"]*"/g, ": string").replaceAll(",", ";")};
  const options: SessionOptions;
  const provider: RolesAnywhereProvider;
  const error: unknown;
  const test: typeof import("node:test").test;
  const assert: typeof import("node:assert/strict");
  const readFile: typeof import("node:fs/promises").readFile;
  const createSession: typeof all.createSession;
  const assumeRoles: typeof all.assumeRoles;
  const signRequest: typeof all.signRequest;
  const createSignedFetch: typeof all.createSignedFetch;
  const fromRolesAnywhere: typeof all.fromRolesAnywhere;
  const exitStatusOf: typeof all.exitStatusOf;
  const RolesAnywhereError: typeof all.RolesAnywhereError;
}
`;
const declarations = `declare global {\n  const given: ${given.replaceAll(/: "[^"]*"/g, ": string").replaceAll(",", ";")};\n}\nexport {};\n`;

describe("the code of the pages", () => {
  let project: CodeProject;
  let account: PageAccount;
  let home: ReturnType<typeof createPageHome>;
  beforeAll(async () => {
    project = createCodeProject();
    const roleArns = pages.flatMap(({ text }) => text.match(/arn:aws:iam::\d{12}:role\/[\w/+=.@-]*\w/g) ?? []);
    account = await startPageAccount([...new Set(roleArns)]);
    home = createPageHome(account);
    writeFileSync(join(project.folder, "route.mjs"), createRoute(account.internet.tlsPort));
  });
  afterAll(async () => {
    await account.close();
    project.remove();
  });

  test.each(["nodenext", "bundler"] as const)("compiles with %s", (moduleResolution) => {
    const compileAll = (isReference: boolean, ambient: string) => {
      const chosen = code.filter((block) => block.isReference === isReference);
      const modules = new Map(chosen.map(({ name, text }) => [name, text]));
      return project.compile(new Map([...modules, ["ambient.d.ts", ambient]]), moduleResolution);
    };
    expect(compileAll(false, declarations)).toBe("");
    expect(compileAll(true, surroundings)).toBe("");
  });

  test("would not compile with a name that the package does not export", () => {
    const wrong = new Map([["wrong.ts", 'import { none } from "rolesanywhere-ts";\nnone;\n']]);
    expect(project.compile(wrong, "nodenext")).toContain("wrong.ts(1,10): error TS2305");
  });

  const standing = code.filter(
    ({ isReference, exemption, text, place }) =>
      !isReference &&
      exemption === undefined &&
      (!text.includes('spawn("aws"') || requireTools(`the code of ${place}`, "aws")),
  );
  test.concurrent.each(standing.map((block) => [block.place, block] as const))(
    "runs: %s",
    async (_, { name, text }) => {
      const path = project.transpile(name, home.localise(`const given = ${given};\n${text}`));
      const route = join(project.folder, "route.mjs");
      const { status, stdout, stderr } = await runProgram(process.execPath, ["--import", route, path], {
        env: home.env,
        cwd: home.folder,
      });
      expect(status, stdout + stderr).toBe(0);
    },
  );

  const runnable = scripts.filter(({ modules, place }) =>
    modules.every((name) => {
      const { status } = spawnSync("python3", ["-c", `import ${name}`], { stdio: "ignore" });
      return requireCondition(`the Python at ${place}`, status === 0, `the Python module ${name}`);
    }),
  );
  test.concurrent.each(runnable.map((block) => [block.place, block] as const))("runs: %s", async (_, { text }) => {
    const { status, stdout, stderr } = await runProgram("python3", ["-c", home.localise(text)], {
      env: home.env,
      cwd: home.folder,
    });
    expect(status, stdout + stderr).toBe(0);
  });

  const frames = runnable.filter(({ place }) => place.startsWith("docs/notebooks.md"));
  test.skipIf(frames.length === 0)("gives a notebook a frame with rows and columns", async () => {
    const shapes = await Promise.all(
      frames.map(({ text }) => {
        const words = ["-c", `${text}\nprint(frame.shape)`];
        return runProgram("python3", words, { env: home.env, cwd: createScratch("notebook") });
      }),
    );
    for (const { stdout, stderr } of shapes) expect(stdout, stderr).toMatch(/^\([1-9]\d*, [1-9]\d*\)\n$/);
  });
});
