import type { Command } from "../command.js";
import { kindNames, toTokenInput } from "./input.js";
import type { TokenInput } from "./input.js";
import { tokenConflicts, tokenOptions } from "./options.js";

export const tokenCommand: Command<typeof tokenOptions, TokenInput> = {
  name: "token",
  description: [
    "Prints a token that another service takes as a password or a bearer token, made with the session of the certificate:",
    "eks (Kubernetes), rds and dsql (databases), msk (Kafka), elasticache and memorydb, bedrock, ecr (docker login) and",
    "web-identity (a JWT for services outside AWS). The formats are those of AWS's own tools.",
  ].join("\n"),
  positionals: {
    usage: "<kind>",
    describe: `what the token is for: ${kindNames.join(", ")}`,
    minimum: 1,
    maximum: 1,
    choices: kindNames,
  },
  options: tokenOptions,
  conflicts: tokenConflicts,
  examples: [
    {
      command: "rolesanywhere-ts token eks --cluster prod --settings-profile app --cache",
      describe: "Log in to a cluster, as the exec command of a kubeconfig",
    },
    {
      command: "rolesanywhere-ts token rds --host db.example.com:5432 --user app --settings-profile app",
      describe: "A password for a database",
    },
    {
      command: "rolesanywhere-ts token web-identity --audience https://api.example.com --settings-profile app",
      describe: "A JWT for a service outside AWS",
    },
  ],
  toInput: toTokenInput,
  async run(input, invocation) {
    const { runToken } = await import("./run.js");
    return runToken(input, invocation);
  },
};
