import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("is declared by no file that needs the optional package's own types", () => {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const importing = files.filter((name) =>
    /\bfrom "pkcs11js"|import\("pkcs11js"\)/.test(readFileSync(join(root, "src", name), "utf8")),
  );
  expect(importing).toEqual([]);
});

const isInstalled = requireCondition(
  "our declaration of pkcs11js against its own",
  existsSync(join(root, "node_modules/pkcs11js/index.d.ts")),
  "pkcs11js compiled at npm ci",
);

it.skipIf(!isInstalled)("says what the package's own types say", () => {
  const folder = createScratch("binding");
  const source = `import type * as Pkcs11 from "pkcs11js";
import type { Pkcs11Binding } from ${JSON.stringify(join(root, "src/identity/pkcs11/binding.js"))};
export function take(module: typeof Pkcs11): Pkcs11Binding {
  return module;
}
`;
  writeFileSync(join(folder, "binding.ts"), source);
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
    files: [join(root, "node_modules/pkcs11js/index.d.ts"), "binding.ts"],
    include: [],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const words = [join(root, "node_modules/typescript/bin/tsc"), "-p", folder];
  const { stdout, status } = spawnSync(process.execPath, words, { encoding: "utf8" });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
});
