// Runs tests in-process against one fault after the other, on requests over IPC; the parent kills it if one never ends.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVitest } from "vitest/node";
import type { TestModule } from "vitest/node";
import type { Mutant } from "./operators.js";
import { mark, mutate } from "./rewrite.js";

/** Request of the parent: list the files that pass without a fault and the marks of each, or try one fault. */
export type Task =
  | { readonly kind: "survey"; readonly tests: readonly string[]; readonly mutants: readonly Mutant[] }
  | { readonly kind: "mutant"; readonly test: string; readonly mutant: Mutant };

export type Answer =
  | { readonly kind: "ready" }
  | {
      readonly kind: "surveyed";
      readonly test: string;
      readonly passed: boolean;
      readonly ms: number;
      readonly reached: readonly number[];
    }
  | { readonly kind: "survey-ended" }
  | { readonly kind: "mutant-ended"; readonly caughtBy: string | undefined };

export async function main(_words: readonly string[], root: string): Promise<number> {
  const run = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-mutants-"));
  process.env["ROLESANYWHERE_TS_TEST_RUN"] = run;
  process.env["NODE_NO_WARNINGS"] = "1";
  const marks = join(run, "reached.json");
  process.env["ROLESANYWHERE_TS_MARKS"] = marks;
  let rewrite: ReadonlyMap<string, (text: string) => string> = new Map();
  const vitest = await createVitest(
    "test",
    {
      root,
      config: false,
      watch: false,
      include: ["test/**/*.test.ts"],
      setupFiles: [join(root, "scripts/mutants/marks.ts")],
      testTimeout: 20_000,
      hookTimeout: 20_000,
      maxWorkers: 1,
      bail: 1,
      // Native libraries read the environment of a process, not of a thread.
      pool: "forks",
      reporters: [{}],
      silent: true,
    },
    {
      clearScreen: false,
      plugins: [
        {
          name: "mutants",
          enforce: "pre",
          transform: (text, id) => rewrite.get(id.split("?", 1)[0] ?? "")?.(text),
        },
      ],
    },
  );
  await vitest.standalone();
  const project = vitest.getRootProject();
  const runTests = async (tests: readonly string[]): Promise<readonly TestModule[]> => {
    // Remains of earlier runs would count as failures of this one.
    vitest.state.filesMap.clear();
    const specifications = tests.map((test) => project.createSpecification(join(root, test)));
    const { testModules } = await vitest.runTestSpecifications(specifications, false);
    return testModules;
  };
  const apply = (next: ReadonlyMap<string, (text: string) => string>) => {
    for (const file of [...rewrite.keys(), ...next.keys()]) vitest.invalidateFile(file);
    rewrite = next;
  };
  const tell = (answer: Answer) => process.send?.(answer);

  async function survey(tests: readonly string[], mutants: readonly Mutant[]): Promise<void> {
    const numbered = mutants.map((mutant, number) => [number, mutant] as const);
    const files = new Set(mutants.map(({ file }) => file));
    apply(
      new Map(
        [...files].map((file) => [
          join(root, file),
          (text: string) =>
            mark(
              text,
              numbered.filter(([, mutant]) => mutant.file === file),
            ),
        ]),
      ),
    );
    for (const test of tests) {
      rmSync(marks, { force: true });
      const startedMs = performance.now();
      const [module] = await runTests([test]);
      const passed = module?.state() === "passed";
      tell({
        kind: "surveyed",
        test,
        passed,
        ms: Math.round(performance.now() - startedMs),
        reached: readMarks(marks),
      });
    }
    tell({ kind: "survey-ended" });
  }

  async function runMutant(test: string, mutant: Mutant): Promise<void> {
    apply(new Map([[join(root, mutant.file), (text: string) => mutate(text, mutant)]]));
    const [module] = await runTests([test]);
    const passed = ["passed", "skipped"].includes(module?.state() ?? "");
    tell({ kind: "mutant-ended", caughtBy: passed ? undefined : test });
  }

  tell({ kind: "ready" });
  return new Promise((resolve) => {
    process.on("message", (task: Task) => {
      void (task.kind === "survey" ? survey(task.tests, task.mutants) : runMutant(task.test, task.mutant));
    });
    process.once("disconnect", () => {
      rmSync(run, { recursive: true, force: true });
      void vitest.close().finally(() => resolve(0));
    });
  });
}

function readMarks(path: string): readonly number[] {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as number[];
  } catch {
    return [];
  }
}
