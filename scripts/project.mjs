// The repository of this project and the contact for vulnerability reports, from `project.json`, which the maintainer fills
// in once. Empty values are omitted everywhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} root The folder of the project.
 * @returns {{ repository: string | undefined, securityContact: string | undefined }} `repository` is `owner/name` on
 *   GitHub, `securityContact` a mail address.
 * @throws Error if a value is malformed
 */
export function readProject(root) {
  return parseProject(JSON.parse(readFileSync(join(root, "project.json"), "utf8")));
}

export function parseProject(given) {
  const { repository, securityContact, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`project.json has no member "${unknown}"`);
  return {
    repository: checked("repository", repository, /^[\w-]+\/[\w.-]+$/, "owner/name, as GitHub shows it"),
    securityContact: checked("securityContact", securityContact, /^[^@\s]+@[^@\s]+\.[^@\s]+$/, "a mail address"),
  };
}

function checked(name, value, pattern, expected) {
  if (value === "") return undefined;
  if (typeof value !== "string" || !pattern.test(value))
    throw new Error(
      `${name} in project.json is ${JSON.stringify(value)}; expected ${expected}, or "" until there is one`,
    );
  return value;
}

/** Returns the fields of package.json about the repository; none without one. */
export function manifestFields({ repository }) {
  if (repository === undefined) return {};
  const url = `https://github.com/${repository}`;
  return {
    homepage: `${url}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: "git", url: `git+${url}.git` },
  };
}

/** Returns package.json with those fields after the keywords, and without old ones. */
export function nameManifest(manifest, project) {
  const { homepage: _homepage, bugs: _bugs, repository: _repository, ...rest } = manifest;
  return Object.fromEntries(
    Object.entries(rest).flatMap((entry) =>
      entry[0] === "keywords" ? [entry, ...Object.entries(manifestFields(project))] : [entry],
    ),
  );
}

/** Returns the paragraph of SECURITY.md about where to report. */
export function reportingPlace({ repository, securityContact }) {
  const page =
    repository === undefined
      ? "Open the repository's **Security** tab on GitHub and choose **Report a vulnerability**."
      : `[Report it on GitHub](https://github.com/${repository}/security/advisories/new).`;
  const mail = securityContact === undefined ? "" : ` Or write to <${securityContact}>.`;
  return `${page}${mail} Only you and the maintainers see\nthe report. If there is no such button, open an issue that says only that you have a report, without any detail.`;
}

const marks = ["<!-- reporting place: written by `npm run project` -->", "<!-- end of reporting place -->"];

/** @throws Error when the page has no place for it */
export function nameSecurityPage(text, project) {
  const [start, end] = marks.map((mark) => text.indexOf(mark));
  if (start === -1 || end < start) throw new Error("SECURITY.md has lost the marks of its reporting place");
  return `${text.slice(0, start)}${marks[0]}\n\n${reportingPlace(project)}\n\n${text.slice(end)}`;
}
