import { quoteValue } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import type { ReadSources } from "../settings/sources.js";
import { oneLine } from "../printable.js";
import { minutesLeft } from "../vending/freshness.js";
import type { KeptSession } from "../vending/cache/inspect.js";
import type { Arguments } from "./line/arguments.js";
import { resolveCacheFolder } from "./sources/cache-use.js";
import type { Command } from "./command.js";
import type { Invocation } from "./invocation.js";
import { nearest } from "../settings/nearest.js";
import { cacheFolderOptions } from "./options/cache.js";
import { settingsOptions } from "./options/session.js";
import { readSources } from "./sources/resolve-settings.js";

const actions = ["list", "clear", "path"] as const;
type Action = (typeof actions)[number];

const options = {
  ...cacheFolderOptions,
  ...settingsOptions,
  json: { kind: "boolean", group: "Output", describe: "list as JSON" },
} as const;

type CommandLine = Arguments<typeof options>;

interface Input {
  readonly action: Action;
  readonly folder: string;
  readonly json: boolean;
}

function toInput({ options: flags, positionals }: CommandLine, invocation: Invocation, { lookup }: ReadSources): Input {
  const action = actions.find((name) => name === positionals[0]);
  if (action === undefined) throw unknownAction(positionals[0] ?? "");
  const folder = resolveCacheFolder(lookup, invocation);
  if (folder === undefined) {
    throw new UsageError("ERR_SETTING", "no folder for the cache: the home directory is not known", {
      hints: ["name a folder with --cache-dir"],
    });
  }
  return { action, folder, json: flags.json ?? false };
}

function unknownAction(found: string): UsageError {
  return new UsageError(
    "ERR_ARGUMENT",
    `unknown ${quoteValue(found)} after cache, expected one of ${actions.join(", ")}`,
    {
      hints: [`write "rolesanywhere-ts cache ${nearest(found, actions) ?? "list"}"`],
    },
  );
}

export const cache: Command<typeof options, Input, ReadSources> = {
  name: "cache",
  description: [
    "Shows, empties or locates the cache of sessions. `list` shows the role, certificate and remaining time of each",
    "session, and no secrets; `clear` removes all sessions; `path` prints the folder.",
  ].join("\n"),
  positionals: { usage: "list|clear|path", describe: "what to do", minimum: 1, maximum: 1, choices: actions },
  options,
  examples: [
    { command: "rolesanywhere-ts cache list", describe: "List the sessions" },
    { command: "rolesanywhere-ts cache clear", describe: "Remove all sessions, for example after a policy change" },
  ],
  read: ({ options: flags }: CommandLine, invocation) => readSources(flags, invocation),
  toInput,
  run,
};

async function run({ action, folder, json }: Input, { stderr }: Invocation) {
  if (action === "path") return { stdout: `${folder}\n`, exitStatus: 0 };
  const { clearFolder, findRefusal, listSessions } = await import("../vending/cache/inspect.js");
  const refusal = findRefusal(folder);
  if (refusal !== undefined) {
    throw new UsageError("ERR_SETTING", `the cache is not used: ${refusal}`, {
      hints: ["remove it, or make it a folder that you own with mode 700"],
    });
  }
  if (action === "clear") {
    const { sessions: count, left } = clearFolder(folder);
    for (const path of left)
      stderr.write(`rolesanywhere-ts: note: ${oneLine(path)} is a folder that is not empty; it is kept\n`);
    return { stdout: `removed ${count} session${count === 1 ? "" : "s"} from ${oneLine(folder)}\n`, exitStatus: 0 };
  }
  const sessions = listSessions(folder, Date.now());
  return { stdout: json ? formatJson(sessions) : formatTable(sessions, Date.now()), exitStatus: 0 };
}

function formatJson(sessions: readonly KeptSession[]): string {
  const shown = sessions.map(({ roleArn, source, endMs, holdOff }) => ({
    roleArn,
    source,
    expiration: new Date(endMs).toISOString(),
    ...(holdOff === undefined ? {} : { nextRenewal: new Date(holdOff.untilMs).toISOString() }),
  }));
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

function formatTable(sessions: readonly KeptSession[], nowMs: number): string {
  if (sessions.length === 0) return "the cache is empty\n";
  return sessions
    .map(({ roleArn, source, endMs, holdOff }) => {
      const left = `${minutesLeft({ endMs }, nowMs)} min left`;
      const held = holdOff === undefined ? "" : `  (${holdOff.attempts} failed renewals)`;
      return `${left.padStart(12)}  ${oneLine(roleArn)}  ${oneLine(source)}${held}\n`;
    })
    .join("");
}
