// Follows README and every page of docs: each command runs as it is shown, in a home of its own, against an account
// with the ARNs and hosts that the pages name, and has to print what the page shows.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPages } from "../../scripts/docs/page.js";
import { shellLanguages } from "../../scripts/docs/transcript.js";
import { findOutcomeFaults, followPage } from "../support/follow-page.js";
import type { Outcome } from "../support/follow-page.js";
import { startPageAccount } from "../support/page-account.js";
import type { PageAccount } from "../support/page-account.js";
import { createPageHome } from "../support/page-home.js";
import { requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = readPages(root).filter(({ blocks }) => blocks.some(({ language }) => shellLanguages.has(language)));
const roleArns = new Set(
  readPages(root).flatMap(({ text }) => text.match(/arn:aws:iam::\d{12}:role\/[\w/+=.@-]*\w/g) ?? []),
);

describe.skipIf(!requireTools("the commands of the pages", "bash"))("the commands of", () => {
  let account: PageAccount;
  const outcomes: Outcome[] = [];
  beforeAll(async () => {
    account = await startPageAccount([...roleArns]);
  });
  afterAll(async () => {
    await account.close();
    process.stdout.write(describeOutcomes(outcomes));
  });

  test.concurrent.each(pages.map((page) => [page.path, page] as const))("%s", async (_, page) => {
    const ofPage = await followPage(page, createPageHome(account));
    outcomes.push(...ofPage);
    const faults = findOutcomeFaults(ofPage);
    expect(faults, faults.join("\n\n")).toEqual([]);
  });
});

function describeOutcomes(outcomes: readonly Outcome[]): string {
  const ran = outcomes.filter((outcome) => outcome.kind === "ran");
  const skipped = outcomes.filter((outcome) => outcome.kind === "skipped");
  const exempt = outcomes.filter((outcome) => outcome.kind === "exempt");
  const compared = ran.filter(({ isCompared }) => isCompared);
  const elsewhere = exempt.filter(({ reason }) => reason.includes("test/"));
  return [
    `commands of the pages: ${ran.length} ran, ${compared.length} of them printed what is shown; ${skipped.length} skipped; `,
    `${exempt.length} blocks exempt, ${elsewhere.length} of which another test runs\n`,
    ...skipped.map(({ place, program }) => `  ${place} skipped for want of "${program}"\n`),
    ...exempt.map(({ place, reason }) => `  ${place} exempt: ${reason}\n`),
  ].join("");
}
