import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { secretFor } from "../../src/emulator/signature/session-token.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import { buildPackage, npmEnvironment } from "../support/package-build.js";
import type { PackageBuild } from "../support/package-build.js";
import { runProgram } from "../support/run-program.js";
import { findRuntimes } from "../support/runtimes.js";
import { startS3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project = createScratch("project");
const installed = join(project, "node_modules/rolesanywhere-ts");
let built: PackageBuild;

/** A clean project with the tarball, the types of Node.js, and nothing else. */
beforeAll(async () => {
  built = await buildPackage(createScratch("build"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const flags = ["--ignore-scripts", "--offline", "--omit=optional", "--no-audit", "--no-fund", "--silent"];
  const words = ["install", ...flags, built.tarball];
  const { status, stderr } = await runProgram("npm", words, { cwd: project, env: npmEnvironment() });
  if (status !== 0) throw new Error(`the package could not be installed: ${stderr}`);
  mkdirSync(join(project, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", "undici-types"]) {
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name), "junction");
  }
  cpSync(join(root, "test/package/consumer"), project, { recursive: true });
}, 120_000);

const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, target: "es2022" };
const resolutions = {
  node16: { module: "node16", moduleResolution: "node16", files: ["main.ts", "required.cts"] },
  nodenext: { module: "nodenext", moduleResolution: "nodenext", files: ["main.ts", "required.cts"] },
  bundler: { module: "esnext", moduleResolution: "bundler", files: ["main.ts"] },
};

async function compile(name: keyof typeof resolutions) {
  const { files, ...modes } = resolutions[name];
  const config = `tsconfig.${name}.json`;
  const compilerOptions = { ...strict, ...modes, lib: ["es2023"], types: ["node"], outDir: `out-${name}` };
  writeFileSync(join(project, config), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return runProgram(process.execPath, [tsc, "-p", config], { cwd: project });
}

describe("the package in a clean project", () => {
  it.each(Object.keys(resolutions) as (keyof typeof resolutions)[])(
    "type-checks strictly with moduleResolution %s",
    async (name) => {
      expect(await compile(name)).toMatchObject({ stdout: "", status: 0 });
    },
  );

  const runtimes = findRuntimes().filter(({ name }) => name.startsWith("node-"));
  it.each(runtimes)(
    "gives a session of its emulator to its readers, signer and server under $name",
    async (runtime) => {
      const folder = join(createScratch(), "emulator");
      await using s3 = await startS3Server({
        secretOf: (id) => ({
          secret: secretFor(id, Buffer.from(readFileSync(join(folder, "sealing-key"), "utf8"), "hex")),
        }),
      });
      s3.put("acme", "sales.zip", writeZip([{ name: "a.csv", data: "id,amount\n1,2.5\n2,7\n3,9.5\n" }]));
      const dynalite = await startDynalite();
      await createTable(dynalite, "orders");
      const totals = [1, 2, 3];
      await putItems(
        dynalite,
        "orders",
        totals.map((n) => ({ pk: { S: `${n}` }, total: { N: `${n}` } })),
      );
      await compile("node16");
      const settings = { folder, s3: s3.url, dynamodb: `http://127.0.0.1:${dynalite.port}` };
      const [program, ...words] = [...runtime.words, join(project, "out-node16/main.js"), JSON.stringify(settings)];
      const { stdout, stderr } = await runProgram(program, words, { cwd: project });
      await dynalite.close();
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual({
        rows: [
          { id: 2, amount: 7 },
          { id: 3, amount: 9.5 },
        ],
        items: 2,
        statuses: [200, 200],
        // Throttled once; after that the one session is shared by all.
        sessions: 2,
        served: true,
        refusal: "ERR_CONNECTION",
        same: [true, true, true, true, true, true],
      });
    },
  );

  it.each([
    ["that can require ES modules", []],
    ["that cannot", ["--no-experimental-require-module"]],
  ])("can be required by a Node.js %s", async (_which, flags) => {
    await compile("node16");
    const words = ["--no-warnings", ...flags, join(project, "out-node16/required.cjs")];
    const { stdout, stderr } = await runProgram(process.execPath, words, { cwd: project });
    expect([stderr, JSON.parse(stdout)]).toEqual(["", ["ASIA", true, "UsageError", flags.length === 0]]);
  });

  it("can be required where import() is not available, as in Jest", async () => {
    const words = [join(project, "without-import.cjs")];
    const { stdout, stderr } = await runProgram(process.execPath, words, { cwd: project });
    expect([stderr, stdout]).toEqual(["", "ASIA"]);
  });

  it("brings no other package along, and nothing for builders", () => {
    expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "@types",
      "rolesanywhere-ts",
      "undici-types",
    ]);
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => /\.map$|metafile|^dist.standalone/.test(file))).toEqual([]);
    expect(files).toContain(join("dist", "rolesanywhere-ts.cjs"));
    expect(files).toContain(join("dist", "bin", "rolesanywhere-ts.cjs"));
  });
});

describe("what a run of the library loads", () => {
  /** Modules of the sources, and packages, that were evaluated. */
  async function modulesLoaded(script: string): Promise<string[]> {
    const coverage = createScratch("coverage");
    const words = ["--input-type=module", "--eval", script];
    const run = await runProgram(process.execPath, words, {
      cwd: project,
      env: { NODE_V8_COVERAGE: coverage },
    });
    expect(run).toMatchObject({ stderr: "", status: 0 });
    const { outputs } = JSON.parse(readFileSync(join(built.folder, "dist/metafile-library.json"), "utf8")) as {
      outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>;
    };
    const urls = readdirSync(coverage).flatMap((file) =>
      (JSON.parse(readFileSync(join(coverage, file), "utf8")) as { result: { url: string }[] }).result.map(
        ({ url }) => url,
      ),
    );
    const chunks = new Set(
      urls.filter((url) => url.includes("/rolesanywhere-ts/dist/lib/")).map((url) => basename(url)),
    );
    expect(chunks.size).toBeGreaterThan(0);
    return Object.entries(outputs).flatMap(([file, { inputs }]) =>
      chunks.has(basename(file)) ? Object.keys(inputs) : [],
    );
  }

  const foreign = /node_modules\/(?:yargs|@aws-sdk|@smithy)|^src\/(?:readers|emulator|delivery|request|commands)\//;

  it("is the provider alone when the provider alone is called, from the root", async () => {
    const account = await runProgram(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { startEmulator } from "rolesanywhere-ts/emulator";
         const { providerOptions, close } = await startEmulator({ folder: ${JSON.stringify(join(project, "kept"))} });
         process.stdout.write(JSON.stringify(providerOptions));
         await close();`,
      ],
      { cwd: project },
    );
    const loaded = await modulesLoaded(
      `import { fromRolesAnywhere } from "rolesanywhere-ts";
       const options = { ...${account.stdout}, endpoint: "http://127.0.0.1:1" };
       await fromRolesAnywhere(options)().catch(({ code }) => { if (code !== "ERR_CONNECTION") throw new Error(code); });`,
    );
    expect(loaded).toContain("src/vending/create-session.ts");
    expect(loaded.filter((path) => foreign.test(path))).toEqual([]);
  });

  it("is next to nothing when a subpath is only imported", async () => {
    for (const part of ["readers", "emulator", "server", "sign", "errors"]) {
      expect((await modulesLoaded(`import "rolesanywhere-ts/${part}";`)).length).toBeLessThanOrEqual(5);
    }
  });
});

describe("two builds", () => {
  it("in two folders are the same to the byte, and name neither", async () => {
    const folder = join(createScratch("build"), "deeper");
    mkdirSync(folder);
    const other = await buildPackage(folder);
    const files = readdirSync(join(built.folder, "dist"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(built.folder.length));
    expect(files.length).toBeGreaterThan(50);
    const read = (build: PackageBuild, file: string) => readFileSync(join(build.folder, file));
    expect(files.filter((file) => !read(built, file).equals(read(other, file)))).toEqual([]);
    expect(readFileSync(other.tarball).equals(readFileSync(built.tarball))).toBe(true);
    expect(
      files.filter((file) => read(built, file).includes(built.folder) || read(built, file).includes(root)),
    ).toEqual([]);
  });
});
