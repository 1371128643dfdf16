import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { editFile, requireSharedFile } from "../../aws/edit-shared-file.js";
import { chooseKubeconfig, kubeconfigFiles } from "../../delivery/kubeconfig/files.js";
import { editUser, findUser } from "../../delivery/kubeconfig/edit.js";
import type { ExecUser } from "../../delivery/kubeconfig/edit.js";
import { UsageError } from "../../errors.js";
import { quoteForPosixShell } from "../../printable.js";
import type { CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import { ownCommand } from "../line/own-command.js";

export interface KubeconfigInput {
  readonly cluster: string;
  /** Name of the user entry. */
  readonly user: string;
  /** Profile with the settings for the token. */
  readonly profile: string;
  /** Region of the cluster; undefined for the region of the settings. */
  readonly region: string | undefined;
  readonly checks: boolean;
  readonly replaces: boolean;
}

const replacedRemark = "replaced by rolesanywhere-ts configure: ";

/** Writes a user entry that runs `token eks` to the kubeconfig. Changes nothing else in it. */
export async function writeKubeconfigUser(input: KubeconfigInput, invocation: Invocation): Promise<CommandOutput> {
  const { cluster, user: name, profile, region, checks, replaces } = input;
  const [command = "", ...program] = ownCommand(invocation);
  const flags = ["--cluster", cluster, "--settings-profile", profile];
  const args = [...program, "token", "eks", ...flags, ...(region === undefined ? [] : ["--region", region])];
  const user = { command, args };
  const isOurs = (other: ExecUser) => /(?:^|\s)token eks\s/.test(other.args.join(" ")) && isOwn(other, user);
  const file = chooseKubeconfig(
    kubeconfigFiles(invocation),
    (text, path) => findUser(text, { name, user }, isOurs, path) !== "none",
  );
  requireSharedFile(file);
  const edit = (before: Buffer): Buffer => {
    const text = before.toString("utf8");
    const present = findUser(text, { name, user }, isOurs, file);
    if (present === "same") return before;
    if (present === "other" && !replaces) {
      throw new UsageError("ERR_CONFLICT", `user "${name}" in ${file} is another one: nothing is written`, {
        hints: ["give --replace to replace it, or another name with --user-alias"],
      });
    }
    const remark = present === "other" ? replacedRemark : undefined;
    return Buffer.from(editUser(text, { name, user, remark }, file), "utf8");
  };
  // Report conflicts before the trial.
  edit(existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
  const say = (text: string) => invocation.stderr.write(`rolesanywhere-ts: ${text}\n`);
  if (checks) {
    const status = await tryToken(user, invocation);
    if (status !== 0) {
      say("these settings give no token: nothing is written; --no-check writes the user all the same");
      return { exitStatus: status };
    }
  }
  await editFile(file, edit, { secret: true });
  say(`user "${name}" written to ${file}`);
  const shown = /^[\w.@:/-]+$/.test(name) ? name : quoteForPosixShell(name);
  say(
    `try "kubectl get pods --user ${shown}"; "kubectl config set-context --current --user ${shown}" makes it the usual one`,
  );
  return { exitStatus: 0 };
}

/** Whether both run the same program by name. It may be installed in another folder. */
function isOwn(one: ExecUser, other: ExecUser): boolean {
  const nameOf = ({ command, args }: ExecUser) =>
    [command, ...args].map((word) => word.replace(/^.*[\\/]/, "")).find((word) => word.startsWith("rolesanywhere-ts"));
  return nameOf(one) !== undefined && nameOf(one) === nameOf(other);
}

/** Runs the entry as kubectl does. Its stderr is shown to the user. */
async function tryToken({ command, args }: ExecUser, { variables }: Invocation): Promise<number> {
  const { status, output } = await new Promise<{ status: number; output: string }>((resolve, reject) => {
    const child = spawn(command, args, { env: variables, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? 1, output: text }));
  });
  return status !== 0 || output.includes('"kind":"ExecCredential"') ? status : 1;
}
