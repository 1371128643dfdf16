import type { Project } from "../project.mjs";

export function makeLinuxPackages(
  executable: string,
  processor: "x64" | "arm64",
  folder: string,
  project: Project,
): readonly string[];
