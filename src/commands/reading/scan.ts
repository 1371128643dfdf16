import { regionOfTable } from "../../readers/scan/request.js";
import { serviceNames } from "../../settings/connection.js";
import { resolveServiceConnection } from "../../settings/service-connection.js";
import type { OutputFile } from "../../aws/files/open-output.js";
import { formatLocation } from "../../readers/s3/object-store.js";
import type { ScanCounts } from "../../readers/scan/read-segments.js";
import type { ByteSink } from "../../readers/output/byte-sink.js";
import type { ScanRequest } from "../../readers/scan/request.js";
import type { Destination } from "../../readers/scan/route.js";
import type { Arguments } from "../line/arguments.js";
import { renderText } from "../../message.js";
import { valueOf } from "../line/defaults.js";
import type { Command, CommandOutput } from "../command.js";
import {
  createCredentialSource,
  credentialSourceConflicts,
  credentialSourceOptions,
} from "../sources/credential-source.js";
import type { CredentialSource } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import type { ScopePlace } from "../../vending/scope/compose.js";
import { scanOptions } from "../options/scan.js";
import { formatScopeOf } from "../sources/print-scope.js";
import { leastPrivilegeConflicts, leastPrivilegeOptions, scanPolicy } from "./least-privilege.js";
import { readingOptions, resolvePath, runReading } from "./options.js";
import type { OutputForm } from "./output-form.js";
import { fillShard, requireLocal } from "./output-place.js";
import type { OutputPlace } from "./output-place.js";
import { contentTypeOf, openPlace, resolveS3Access } from "./s3-access.js";
import { createScanReport } from "./scan-report.js";
import { toScanRequest } from "./scan-request.js";
import { endpointOf, endpointOptions } from "../sources/service-endpoint.js";

const options = {
  ...scanOptions,
  ...readingOptions,
  ...leastPrivilegeOptions,
  ...credentialSourceOptions,
  ...endpointOptions,
} as const;

interface Input {
  readonly args: Arguments<typeof options>;
  readonly request: ScanRequest;
  readonly compression: OutputForm["compression"];
  readonly output: OutputPlace | undefined;
  readonly outputDirectory: string | undefined;
}

function toInput(args: Arguments<typeof options>, invocation: Invocation): Input {
  const { request, compression, output } = toScanRequest(args, invocation);
  const place = (flag: "checkpoint" | "output-dir") => {
    const path = args.options[flag];
    if (path === undefined) return undefined;
    return resolvePath(fillShard(requireLocal(flag, path), request.shard), invocation);
  };
  return {
    args,
    request: { ...request, checkpoint: place("checkpoint") },
    compression,
    output,
    outputDirectory: place("output-dir"),
  };
}

export const scan: Command<typeof options, Input> = {
  name: "scan",
  description: [
    "Reads a DynamoDB table, or an index of one, to its last page: several segments at once, items as plain JSON that",
    "loses nothing, one a line as they arrive. With --key, queries the items of one partition key instead. Credentials come",
    "from the certificate, a profile or the default chain.",
  ].join("\n"),
  positionals: { usage: "TABLE", describe: "name or ARN of the table", minimum: 1, maximum: 1 },
  lasting: true,
  options,
  conflicts: [
    ...credentialSourceConflicts,
    ...leastPrivilegeConflicts,
    ["output", "output-dir"],
    ["key", "output-dir"],
    ["limit", "checkpoint"],
    ["typed", "numbers"],
    ["typed", "sets"],
  ],
  examples: [
    {
      command: "rolesanywhere-ts scan orders > orders.ndjson",
      powershell: "rolesanywhere-ts scan orders --output orders.ndjson",
      describe: "Every item, one a line",
    },
    {
      command: `rolesanywhere-ts scan orders --filter "state = :s" --values '{":s":"open"}' --projection "id,state,total"`,
      cmd: String.raw`rolesanywhere-ts scan orders --filter "state = :s" --values "{\":s\":\"open\"}" --projection "id,state,total"`,
      describe: "Some items, some attributes; reserved words such as state need no alias",
    },
    {
      command: 'rolesanywhere-ts scan shipments --key "customer = c-17 and day between 2024-01-01 and 2024-01-31"',
      describe: "The items of one partition key, by Query",
    },
    {
      command: "rolesanywhere-ts scan orders --output orders.parquet --format parquet",
      describe: "A file for pandas, polars or DuckDB",
    },
    {
      command: "rolesanywhere-ts scan orders --output orders.ndjson --checkpoint orders.checkpoint",
      describe: "Run again after a kill and it goes on where it stopped",
    },
    {
      command: "rolesanywhere-ts scan orders --settings-profile app --least-privilege --output orders.ndjson",
      describe: "With a session that may scan this table and nothing else",
    },
  ],
  toInput,
  run: runScanCommand,
};

/** Returns the policy of `--least-privilege`, if given. */
function leastPrivilegeOf({ args, request, output }: Input): ((place: ScopePlace) => object) | undefined {
  return args.options["least-privilege"] === true ? (place) => scanPolicy(request, output, place) : undefined;
}

async function runScanCommand(input: Input, invocation: Invocation): Promise<CommandOutput> {
  if (input.args.options["print-scope"] === true) {
    return { stdout: formatScopeOf(input.args.options, leastPrivilegeOf(input), invocation), exitStatus: 0 };
  }
  const { args, request, compression, output, outputDirectory } = input;
  const source = await createCredentialSource(
    { options: args.options, leastPrivilege: leastPrivilegeOf(input) },
    invocation,
  );
  const connection = await connect(input, source, invocation);
  const [{ runScan }, { openRoute }, { createScanCounts }, { nearest }] = await Promise.all([
    import("../../readers/scan/run.js"),
    import("../../readers/scan/open-route.js"),
    import("../../readers/scan/read-segments.js"),
    import("../../settings/nearest.js"),
  ]);
  const counts = createScanCounts();
  const estimate = { items: undefined, segments: 0, alreadyComplete: false, resumed: false };
  const openOutput =
    output && ((signal: AbortSignal) => openScanOutput({ output, source, counts, signal }, input, invocation));
  try {
    return await runReading(
      {
        label: "scan",
        // Without compression, the route opens the output, which a checkpoint may continue.
        openOutput: compression === undefined ? undefined : openOutput,
        compression,
        progress: valueOf(args.options, options, "progress"),
      },
      invocation,
      createScanReport(request, counts, estimate),
      ({ sink, signal }) =>
        runScan(request, {
          connection,
          openRoute: (options) =>
            openRoute({
              ...options,
              destination: destinationOf(input, sink, openOutput && (() => openOutput(signal))),
              terminalColumns: invocation.stdout.isTTY === true ? invocation.stdout.columns : undefined,
            }),
          destinationPath: output === undefined ? outputDirectory : pathOf(output),
          signal,
          suggest: nearest,
          advise(text) {
            if (args.options.progress !== "none") invocation.stderr.write(`scan: ${renderText(text)}\n`);
          },
          counts,
          estimate,
        }),
    );
  } catch (error) {
    if (request.checkpoint !== undefined && counts.requests > 0) {
      invocation.stderr.write(`scan: run again with the same flags to go on from ${request.checkpoint}\n`);
    }
    throw error;
  } finally {
    connection.close();
  }
}

const pathOf = (output: OutputPlace): string => (output.kind === "file" ? output.path : formatLocation(output));

function destinationOf(
  { compression, output, outputDirectory }: Input,
  sink: ByteSink,
  open: (() => Promise<OutputFile>) | undefined,
): Destination {
  if (output?.kind === "file" && compression === undefined) return { kind: "file", path: output.path };
  if (open !== undefined && compression === undefined) return { kind: "object", open };
  return outputDirectory === undefined ? { kind: "stream", sink } : { kind: "directory", path: outputDirectory };
}

interface ScanOutput {
  readonly output: OutputPlace;
  readonly source: CredentialSource;
  readonly counts: ScanCounts;
  readonly signal: AbortSignal;
}

function openScanOutput(
  { output, source, counts, signal }: ScanOutput,
  { args, request, compression }: Input,
  invocation: Invocation,
): Promise<OutputFile> {
  const timeoutMs = valueOf(args.options, options, "timeout") * 1000;
  // `--endpoint-url` is that of DynamoDB.
  const access = async () =>
    resolveS3Access(
      { source, options: args.options, endpoint: undefined, requesterPays: false, timeoutMs },
      invocation,
    );
  const contentType = contentTypeOf(request.format, compression);
  return openPlace(output, { label: "scan", contentType, access, tally: counts, signal }, invocation);
}

async function connect({ args, request }: Input, source: CredentialSource, invocation: Invocation) {
  const { createConnection } = await import("../../readers/dynamodb/connection.js");
  const service = resolveServiceConnection(
    {
      names: serviceNames.dynamodb,
      endpoint: endpointOf(args.options),
      profile: args.options.profile,
      region: args.options.region ?? regionOfTable(request.table) ?? source.region,
    },
    invocation,
  );
  return createConnection({
    ...service,
    credentials: source.provider,
    verifySsl: args.options["no-verify-ssl"] !== true,
    idleTimeoutMs: valueOf(args.options, options, "timeout") * 1000,
  });
}
