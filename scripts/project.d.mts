export interface Project {
  /** `owner/name` on GitHub; undefined until the maintainer fills project.json. */
  readonly repository: string | undefined;
  readonly securityContact: string | undefined;
}

export function readProject(root: string): Project;
export function parseProject(given: Readonly<Record<string, unknown>>): Project;
export function manifestFields(project: Project): Readonly<Record<string, unknown>>;
export function nameManifest(manifest: Readonly<Record<string, unknown>>, project: Project): Record<string, unknown>;
export function reportingPlace(project: Project): string;
export function nameSecurityPage(text: string, project: Project): string;
