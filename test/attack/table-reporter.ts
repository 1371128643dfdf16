import { basename } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

interface Tally {
  readonly area: string;
  readonly probes: number;
  readonly held: number;
  readonly skipped: number;
}

function tally(module: TestModule): Tally {
  const states = [...module.children.allTests()].map((test) => test.result().state);
  const count = (state: (typeof states)[number]) => states.filter((one) => one === state).length;
  return {
    area: basename(module.moduleId, ".attack.ts"),
    probes: states.length - count("skipped"),
    held: count("passed"),
    skipped: count("skipped"),
  };
}

/** Prints one line an area: how many probes were made, and how many the program withstood. */
export class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.map(tally).sort((one, other) => one.area.localeCompare(other.area, "en"));
    const sum = (pick: (row: Tally) => number) => rows.reduce((total, row) => total + pick(row), 0);
    const total = {
      area: "all",
      probes: sum(({ probes }) => probes),
      held: sum(({ held }) => held),
      skipped: sum(({ skipped }) => skipped),
    };
    const lines = [...rows, total].map(({ area, probes, held, skipped }) =>
      [area.padEnd(10), String(probes).padStart(6), String(held).padStart(6), skipped > 0 ? `  ${skipped} skipped` : ""]
        .join("  ")
        .trimEnd(),
    );
    process.stdout.write(`\n${"area".padEnd(10)}  probes    held\n${lines.join("\n")}\n`);
  }
}
