import type { Project } from "../project.mjs";

export function makeManifests(folder: string, project: Project): readonly string[];
