import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tool } from "../../src/diagnosis/profile/parsers/outcome.js";
import { runProgram } from "./run-program.js";
import { createScratch } from "./scratch.js";
import { goProgram, javaProgram } from "./sdk-clients.js";
import { requireTools } from "./tools.js";

const here = (name: string) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url));

/** One long-lived process for each tool that reads shared files; undefined when it cannot run here. */
const commands = {
  "the AWS CLI and boto3": async (what) =>
    requireTools(`${what} botocore`, "boto3") ? ["python3", here("profile_reader.py")] : undefined,
  "the AWS SDK for JavaScript": async () => [process.execPath, here("profile-reader.mjs")],
  "the AWS SDK for Go": (what) => goProgram(what, "./profile"),
  "the AWS SDK for Java": (what) => javaProgram(what, "ProfileReader.java"),
  "the AWS SDK for .NET": dotnetProgram,
} satisfies Readonly<Record<Tool, (what: string) => Promise<readonly string[] | undefined>>>;

export const profileReaders = Object.keys(commands) as readonly Tool[];

/**
 * What a tool gets from each folder, by its files `config` and `credentials`, for the profile that its file `name` holds.
 *
 * @param what What goes untested without the tool.
 * @returns An access key or `nothing` for each folder; undefined when the tool cannot run here.
 */
export async function readProfiles(
  tool: Tool,
  what: string,
  folders: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[] | undefined> {
  const [command, ...words] = (await commands[tool](what)) ?? [];
  if (command === undefined) return undefined;
  const home = createScratch("reader-home");
  const { stdout, stderr } = await runProgram(command, words, {
    cwd: home,
    env: { AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "us-east-1", HOME: home, ...env },
    stdin: folders.map((folder) => `${folder}\n`).join(""),
    timeoutMs: 60_000 + folders.length * 1000,
  });
  const answers = stdout.trim().split("\n");
  if (answers.length !== folders.length) throw new Error(`${tool} gave ${answers.length} answers: ${stderr}`);
  return answers;
}

/** PowerShell with the SDK of the program `aws-dotnet`, so that one process reads all. */
async function dotnetProgram(what: string): Promise<readonly string[] | undefined> {
  if (!requireTools(`${what} the .NET SDK`, "pwsh", "aws-dotnet")) return undefined;
  const { stdout } = await runProgram("sh", ["-c", "command -v aws-dotnet"]);
  const sdk = join(dirname(dirname(realpathSync(stdout.trim()))), "aws-dotnet", "AWSSDK.Core.dll");
  return ["pwsh", "-NoProfile", "-NonInteractive", "-File", here("profile-reader.ps1"), sdk];
}
