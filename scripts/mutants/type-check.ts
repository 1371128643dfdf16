import { join } from "node:path";
import { Project } from "ts-morph";
import type { Mutant } from "./operators.js";
import { mutate } from "./rewrite.js";

/** Tells whether a fault is a type error in its own file, so that `npm run types` notices it. */
export function createTypeCheck(root: string): (mutant: Mutant) => boolean {
  let project: Project | undefined;
  return (mutant) => {
    project ??= loadSources(root);
    const source = project.getSourceFileOrThrow(join(root, mutant.file));
    const text = source.getFullText();
    source.replaceWithText(mutate(text, mutant));
    const failed = source.getPreEmitDiagnostics().length > 0;
    source.replaceWithText(text);
    return failed;
  };
}

function loadSources(root: string): Project {
  const project = new Project({ tsConfigFilePath: join(root, "tsconfig.json"), skipAddingFilesFromTsConfig: true });
  project.addSourceFilesAtPaths(join(root, "src/**/*.ts"));
  return project;
}
