/**
 * Returns the section of the changelog about a version, for the release page.
 *
 * @throws Error if there is none
 */
export function readReleaseNotes(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.split(/[\s(]/, 1)[0] === version);
  const notes = section?.slice(section.indexOf("\n")).trim() ?? "";
  if (notes === "") throw new Error(`CHANGELOG.md has no section "## ${version}", or nothing in it`);
  return `${notes}\n`;
}
