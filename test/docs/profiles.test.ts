// The AWS config files of README and the pages: this program, the AWS SDK for JavaScript and, where it is there, the AWS
// CLI read each and get to a session of the same role.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPages } from "../../scripts/docs/page.js";
import { readCommands } from "../../scripts/docs/transcript.js";
import { parseSharedConfig } from "../../src/aws/shared-config.js";
import { holdsProfiles } from "../support/follow-page.js";
import { startPageAccount } from "../support/page-account.js";
import type { PageAccount } from "../support/page-account.js";
import { createPageHome } from "../support/page-home.js";
import { createRoute } from "../support/internet.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = readPages(root);
const shown = pages.flatMap(({ path, blocks }) =>
  blocks.flatMap((block) => {
    const place = `${path}:${block.line}`;
    if (holdsProfiles(block)) return [[place, block.text] as const];
    const files = block.language === "console" ? readCommands("console", block.text) : [];
    return files.flatMap(({ text, output }) =>
      /^cat \S*config$/.test(text) && output !== undefined ? [[place, output] as const] : [],
    );
  }),
);
const hasAwsCli = requireTools("the AWS config files of the pages with the AWS CLI", "aws");

describe("the AWS config file at", () => {
  let account: PageAccount;
  let route: string;
  beforeAll(async () => {
    const roleArns = pages.flatMap(({ text }) => text.match(/arn:aws:iam::\d{12}:role\/[\w/+=.@-]*\w/g) ?? []);
    account = await startPageAccount([...new Set(roleArns)]);
    route = join(createScratch("route"), "route.mjs");
    writeFileSync(route, createRoute(account.internet.tlsPort));
  });
  afterAll(() => account.close());

  test.concurrent.each(shown)("%s", async (_, text) => {
    const home = createPageHome(account);
    home.addConfig(text);
    const { profiles } = parseSharedConfig(text, "config");
    expect(profiles.size).toBeGreaterThan(0);
    for (const [name, keys] of profiles) {
      // A profile that still names AWS's program is what a page begins with; the page's own commands rewrite and try it.
      if (keys.get("credential_process")?.includes("aws_signing_helper ") === true) continue;
      const clients = await askClients(name, keys, home);
      expect(new Set(clients.map((client) => client.role)), JSON.stringify(clients)).toEqual(
        new Set([expect.stringMatching(/^[\w+=,.@-]+$/)]),
      );
    }
  });

  /** Who each client is with a profile, or what it says instead. */
  async function askClients(name: string, keys: ReadonlyMap<string, string>, home: ReturnType<typeof createPageHome>) {
    const run = async (
      client: string,
      program: string,
      words: readonly string[],
      env: Readonly<Record<string, string>>,
    ) => {
      const { stdout, stderr } = await runProgram(program, words, { env, cwd: home.folder });
      return { client, role: /:assumed-role\/([^/]+)\//.exec(stdout)?.[1] ?? `${stdout}${stderr}` };
    };
    const script = ["--import", route, fileURLToPath(new URL("../clients/js-sdk-identity.mjs", import.meta.url))];
    if (!keys.has("credential_process") && !keys.has("role_arn")) {
      const words = ["exec", "--settings-profile", name, "--", process.execPath, ...script];
      return [await run("this program", "rolesanywhere-ts", words, home.env)];
    }
    const sdk = run("AWS SDK for JavaScript", process.execPath, script, {
      ...home.env,
      AWS_PROFILE: name,
    });
    const cli = hasAwsCli
      ? [run("AWS CLI", "aws", ["sts", "get-caller-identity", "--output", "json", "--profile", name], home.env)]
      : [];
    return Promise.all([sdk, ...cli]);
  }
});
