// Checks that readers can follow README, the pages and the examples: links resolve, blocks parse, this program accepts
// all of its command lines, and the references are up to date. `--online` also requests the links to other sites.
import { findProjectFaults } from "./project-names.js";
import { findCommandsPageFaults } from "./commands-page.js";
import { findCommandFaults, findExampleFaults } from "./commands.js";
import { formatFault } from "./fault.js";
import { findDeadLinks, findLinkFaults } from "./links.js";
import { readPages } from "./page.js";
import { findReferenceFaults } from "./reference.js";
import { findTextFaults } from "./text.js";
import { findTroubleshootingFaults } from "./troubleshooting-page.js";

export async function main(words: readonly string[], root: string): Promise<number> {
  const pages = readPages(root);
  const faults = [
    ...findLinkFaults(root, pages),
    ...pages.flatMap(findTextFaults),
    ...pages.flatMap((page) => findProjectFaults(root, page)),
    ...(await findCommandFaults(pages)),
    ...(await findExampleFaults(root)),
    ...(await findCommandsPageFaults(root)),
    ...findReferenceFaults(root),
    ...findTroubleshootingFaults(root),
    ...(words.includes("--online") ? await findDeadLinks(pages) : []),
  ];
  const count = (kind: "links" | "blocks") => pages.reduce((sum, page) => sum + page[kind].length, 0);
  process.stdout.write(`docs: ${pages.length} pages, ${count("links")} links, ${count("blocks")} blocks\n`);
  for (const fault of faults) process.stderr.write(formatFault(fault));
  return faults.length === 0 ? 0 : 1;
}
