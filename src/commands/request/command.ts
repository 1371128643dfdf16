import type { Command } from "../command.js";
import { requestOptions } from "../options/request.js";
import { credentialSourceConflicts } from "../sources/credential-source.js";
import { toRequestInput } from "./input.js";
import type { RequestInput } from "./input.js";

export const requestCommand: Command<typeof requestOptions, RequestInput> = {
  name: "request",
  description:
    "Sends one HTTP request signed for AWS, in the manner of curl. Path and query go on the wire, and into the signature, exactly as written.",
  positionals: { usage: "[METHOD] URL", describe: "what to call", minimum: 1, maximum: 2 },
  lasting: true,
  options: requestOptions,
  conflicts: [
    ...credentialSourceConflicts,
    ["fail", "fail-with-body"],
    ["presign", "include"],
    ["presign", "output"],
    ["region", "region-set"],
    ["output", "remote-name"],
    ["presign", "dump-header"],
    ["presign", "write-out"],
    ["resolve", "unix-socket"],
    ["connect-to", "unix-socket"],
  ],
  examples: [
    {
      command: "rolesanywhere-ts request https://abc123.execute-api.us-east-1.amazonaws.com/prod/items --profile app",
      describe: "Call an API Gateway stage",
    },
    {
      command: `rolesanywhere-ts request POST https://abc123.execute-api.us-east-1.amazonaws.com/prod/items --json '{"name":"x"}'`,
      cmd: String.raw`rolesanywhere-ts request POST https://abc123.execute-api.us-east-1.amazonaws.com/prod/items --json "{\"name\":\"x\"}"`,
      describe: "Send JSON",
    },
    {
      command: 'rolesanywhere-ts request PUT https://bucket.s3.eu-west-1.amazonaws.com/key --data-binary "@big.bin"',
      describe: "Upload a file of any size, hashed first",
    },
    {
      command: "rolesanywhere-ts request https://bucket.s3.eu-west-1.amazonaws.com/key --presign 900",
      describe: "Print a URL that is valid for 15 minutes",
    },
  ],
  toInput: toRequestInput,
  async run(input, invocation) {
    const { runRequest } = await import("./run.js");
    return runRequest(input, invocation);
  },
};
