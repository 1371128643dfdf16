import { requireSharedFile } from "../aws/edit-shared-file.js";
import { credentialsFilePath, readSharedFiles } from "../aws/shared-config.js";
import { parseProfileName, writeSession } from "../delivery/credentials-file.js";
import type { SessionTarget } from "../delivery/credentials-file.js";
import { runHook } from "../delivery/hook.js";
import { keepUpdated } from "../delivery/keep-updated.js";
import { formatExpiration } from "../delivery/process-document.js";
import { IdentityError, RolesAnywhereError, UsageError } from "../errors.js";
import { AgentFeed } from "../identity/spiffe/feed.js";
import type { ReadSources } from "../settings/sources.js";
import { resolveVendSettings } from "../settings/vend-settings.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { createSystemClock } from "../vending/keep-fresh.js";
import type { FreshSession } from "../vending/keep-fresh.js";
import { vend } from "../vending/vend.js";
import type { Arguments } from "./line/arguments.js";
import { valueOf } from "./line/defaults.js";
import { firstSignal } from "./line/interruption.js";
import type { Command } from "./command.js";
import { certificateOptions } from "./sources/credential-source.js";
import type { Invocation } from "./invocation.js";
import { identityConflicts } from "./options/identity.js";
import { refuseBriefScope } from "./sources/lasting-scope.js";
import { readSources } from "./sources/resolve-settings.js";
import { createVendContext } from "./sources/vend-context.js";
import { isLasting, renewalContext, startRenewal } from "./renew/background.js";
import { renewalConflicts, renewalOptions } from "./renew/options.js";
import { findRenewalPlan } from "./renew/plan.js";
import type { RenewalPlan } from "../renewal/renew.js";

const group = "Update";
const options = {
  profile: { kind: "string", placeholder: "PROFILE", default: "default", group, describe: "the profile to write" },
  once: { kind: "boolean", group, describe: "write one session and exit, silently" },
  "in-place": {
    kind: "boolean",
    group,
    describe: "write over the file instead of replacing it, for containers that mount the file itself",
  },
  exec: {
    kind: "string",
    placeholder: "COMMAND",
    group,
    describe: "run this command line in the shell after each write",
  },
  ...certificateOptions,
  ...renewalOptions,
} as const;

interface Input {
  readonly settings: VendSettings;
  readonly target: SessionTarget;
  readonly once: boolean;
  readonly hook: string | undefined;
  readonly renewal: RenewalPlan | undefined;
}

export const updateCommand: Command<typeof options, Input, ReadSources> = {
  name: "update",
  description: [
    "Keeps a profile of the shared credentials file (AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials) up to date, for",
    "tools that read nothing else. The rest of the file stays unchanged. Sessions are renewed before they expire, and",
    "failures are retried. --profile is the profile to write; settings come from --settings-profile.",
  ].join("\n"),
  lasting: true,
  options,
  conflicts: [...identityConflicts, ...renewalConflicts],
  examples: [
    {
      command: "rolesanywhere-ts update --settings-profile app --profile app-session",
      describe: "Keep the profile app-session up to date",
    },
    {
      command: 'rolesanywhere-ts update --settings-profile app --exec "systemctl reload app"',
      describe: "Reload a service after each write",
    },
    { command: "rolesanywhere-ts update --settings-profile app --once", describe: "Write one session, from cron" },
  ],
  read({ options: values }: Arguments<typeof options>, invocation) {
    const { profile: _profile, once: _once, "in-place": _inPlace, exec: _exec, ...flags } = values;
    return readSources(flags, invocation);
  },
  toInput({ options: values }, invocation, sources) {
    const { once = false, "in-place": inPlace = false, exec } = values;
    const file = credentialsFilePath(invocation);
    if (file === undefined) {
      throw new UsageError("ERR_SETTING", "the credentials file is unknown, because there is no home directory", {
        hints: ["set AWS_SHARED_CREDENTIALS_FILE to the file to write"],
      });
    }
    return {
      renewal: findRenewalPlan(values, sources, invocation),
      settings: refuseBriefScope(resolveVendSettings(sources)),
      target: { file, profile: parseProfileName(valueOf(values, options, "profile"), "--profile"), inPlace },
      once,
      hook: exec,
    };
  },
  async run(input, invocation) {
    requireSharedFile(input.target.file);
    warnOfProcess(input.target.profile, invocation);
    return input.once ? runOnce(input, invocation) : runUntilStopped(input, invocation);
  },
};

/** The AWS SDK for .NET refuses a profile with both access keys and `credential_process`, in one file or two. */
function warnOfProcess(profile: string, invocation: Invocation): void {
  for (const { file, profiles } of Object.values(readSharedFiles(invocation))) {
    if (profiles.get(profile)?.has("credential_process") !== true) continue;
    const found = `profile "${profile}" has a credential_process in ${file}`;
    say(invocation, `warning: ${found}: with access keys beside it, the AWS SDK for .NET refuses the profile`);
    say(invocation, "hint: write another profile with --profile");
  }
}

async function runOnce({ settings, target, hook, renewal }: Input, invocation: Invocation) {
  if (renewal !== undefined) await renewOnce(renewal, settings.debug, invocation);
  const session = await invocation.timeLimit.within(vend(settings, createVendContext(settings.debug, invocation)));
  await writeSession(target, session);
  if (hook !== undefined) await runHook(hook, invocation.variables);
  return { exitStatus: 0 };
}

/** While the certificate is valid, an unreachable authority does not prevent writing a session. */
async function renewOnce(plan: RenewalPlan, debug: boolean, invocation: Invocation): Promise<void> {
  try {
    const { renewIfDue } = await import("../renewal/renew.js");
    await renewIfDue(plan, renewalContext(debug, invocation), 0);
  } catch (error) {
    if (isLasting(error)) throw error;
    say(invocation, `warning: the certificate is not renewed: ${reasonOf(error)}`);
  }
}

async function runUntilStopped(input: Input, invocation: Invocation) {
  const stopped = firstSignal(invocation);
  const { session, isVending } = startUpdating(input, invocation);
  const renewal =
    input.renewal === undefined
      ? undefined
      : startRenewal(
          input.renewal,
          {
            debug: input.settings.debug,
            onRenewed() {
              if (session.current() !== undefined) session.renew().catch(() => undefined);
            },
          },
          invocation,
        );
  const stop = () => {
    renewal?.stop();
    session.stop();
  };
  try {
    const isStopped = await Promise.race([renewal?.first.then(() => false), stopped.then(() => true)]);
    if (isStopped !== true) await Promise.race([session.start(), stopped]);
  } catch (error) {
    // Errors that a retry cannot fix end the command. A network or service that is down may recover.
    if (isLasting(error)) {
      stop();
      throw error;
    }
  }
  const signal = await stopped;
  stop();
  // A pending write ends soon, but a pending request to AWS may take a minute.
  return { exitStatus: isVending() ? invocation.raise(signal) : 0 };
}

interface Updating {
  readonly session: FreshSession;
  readonly isVending: () => boolean;
}

function startUpdating({ settings, target, hook }: Input, invocation: Invocation): Updating {
  const agents = new AgentFeed();
  const svids = agents.follow(() => void session.renew());
  const context = { ...createVendContext(settings.debug, invocation), svids };
  let started = false;
  let vending = false;
  const session = keepUpdated({
    vend: async () => {
      vending = true;
      try {
        return await invocation.timeLimit.within(vend(settings, context));
      } finally {
        vending = false;
      }
    },
    write: (credentials) => writeSession(target, credentials),
    clock: createSystemClock(true),
    onWritten({ credentials, renewAtMs }) {
      started = true;
      const [until, next] = [credentials.expiration, new Date(renewAtMs)].map(formatExpiration);
      say(invocation, `profile "${target.profile}" in ${target.file} is valid until ${until}; next renewal at ${next}`);
      if (hook === undefined) return;
      runHook(hook, invocation.variables).catch((error: unknown) => say(invocation, reasonOf(error)));
    },
    onFailed({ error, retryAtMs }) {
      const lasting = !started && (error instanceof UsageError || error instanceof IdentityError);
      if (lasting) return;
      const until = session.current()?.credentials.expiration;
      const held =
        until === undefined ? "no valid session is held" : `the current one expires at ${formatExpiration(until)}`;
      say(
        invocation,
        `no new session: ${reasonOf(error)}; next attempt at ${formatExpiration(new Date(retryAtMs))}; ${held}`,
      );
    },
  });
  return { session, isVending: () => vending };
}

function reasonOf(error: unknown): string {
  return error instanceof RolesAnywhereError ? `${error.message} [${error.code}]` : "unexpected fault";
}

function say({ stderr }: Invocation, line: string): void {
  stderr.write(`rolesanywhere-ts: ${line}\n`);
}
