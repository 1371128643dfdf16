// The policies of ready-made scopes, judged by the IAM policy parser of moto.
import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readyMadeForms } from "../../../src/vending/scope/compose.js";
import type { readyMade } from "../../../src/vending/scope/ready-made.js";
import { buildPolicy, scopeDurationSeconds } from "../../../src/vending/scope/scope.js";
import type { ScopePlace } from "../../../src/vending/scope/compose.js";
import { scopeOptions } from "../../../src/commands/options/session.js";
import { formatRange } from "../../../src/aws/duration-limits.js";
import { pythonEnvironment } from "../../support/run-cli.js";
import { runProgram } from "../../support/run-program.js";
import { requireTools } from "../../support/tools.js";

const place: ScopePlace = { partition: "aws", region: "us-east-1", accountId: "111122223333" };
const build = (...scopes: readonly string[]) => buildPolicy(scopes, place, "--scope");

/** A scope of each kind, with a name, a pattern and an ARN where it takes them. */
const examples: Readonly<Record<keyof typeof readyMade, readonly string[]>> = {
  "s3-read": ["=data", "=data/a/b", "=data/a/", "=data/a*", "=s3://data/a", "=arn:aws:s3:::data/a"],
  "s3-write": ["=data", "=data/a", "=data/a/", "=data/a*"],
  "dynamodb-read": ["=orders", "=or*", "=arn:aws:dynamodb:eu-west-1:444455556666:table/orders"],
  "dynamodb-write": ["=orders", "=or*"],
  "ecr-pull": ["", "=team/app", "=team/*"],
  "ecr-push": ["=team/app"],
  "sqs-send": ["=jobs", "=jobs.fifo", "=arn:aws:sqs:us-east-1:444455556666:jobs"],
  "sqs-receive": ["=jobs"],
  "sns-publish": ["=alarms", "=arn:aws:sns:us-east-1:444455556666:alarms"],
  "secrets-read": ["=db/main", "=db/*", "=arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbC123"],
  "ssm-read": ["=/app", "=app/url", "=/app/*"],
  "logs-write": ["=/app/web", "=arn:aws:logs:us-east-1:111122223333:log-group:/app/web:*"],
  "kms-decrypt": ["=1234abcd-12ab-34cd-56ef-1234567890ab", "=arn:aws:kms:us-east-1:444455556666:key/1234abcd"],
  "lambda-invoke": ["=resize", "=resize:live", "=re*"],
  "bedrock-invoke": ["", "=anthropic.claude-*", "=amazon.nova-pro-v1:0"],
  rescope: [""],
};
const scopes = Object.entries(examples).flatMap(([name, values]) => values.map((value) => `${name}${value}`));

describe("ready-made scopes", () => {
  it("name resources of the partition, region and account of the role", () => {
    const china = { partition: "aws-cn", region: "cn-north-1", accountId: "444455556666" };
    const text = JSON.stringify(
      buildPolicy(
        scopes.filter((scope) => !scope.includes("arn:")),
        china,
        "--scope",
      ),
    );
    const arns = [...text.matchAll(/"(arn:[^"]*)"/g)].map(([, arn = ""]) => arn);
    expect(arns.length).toBeGreaterThan(30);
    expect(
      arns.filter((arn) => !/^arn:aws-cn:(?:s3:::|bedrock:\*::|[a-z]+:cn-north-1:444455556666:)/.test(arn)),
    ).toEqual([]);
  });

  it("never allow an action by a pattern, and every resource only where AWS has no other", () => {
    const statements = scopes.flatMap((scope) => (build(scope) as { Statement: readonly Statement[] }).Statement);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
    const everywhere = statements.filter(({ Resource }) => Resource.includes("*")).flatMap(({ Action }) => Action);
    expect([...new Set(everywhere)]).toEqual(["ecr:GetAuthorizationToken", "sts:GetScopedCredentials"]);
  });

  interface Statement {
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }

  it("become one statement when only their resources differ", () => {
    expect(build("sqs-send=one", "sqs-send=two", "sqs-send=one")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["sqs:GetQueueUrl", "sqs:SendMessage"],
          Resource: ["arn:aws:sqs:us-east-1:111122223333:one", "arn:aws:sqs:us-east-1:111122223333:two"],
        },
      ],
    });
  });

  it("need the account and the region for names, not for buckets and ARNs", () => {
    const nowhere = { partition: "aws", region: "us-east-1", accountId: undefined };
    expect(() => buildPolicy(["sqs-send=jobs"], nowhere, "--scope")).toThrow(
      "the account of the resource is not known",
    );
    expect(() => buildPolicy(["sqs-send=jobs"], { ...nowhere, region: undefined }, "--scope")).toThrow("the region of");
    expect(() =>
      buildPolicy(["s3-read=data", "sqs-send=arn:aws:sqs:us-east-1:1:jobs"], nowhere, "--scope"),
    ).not.toThrow();
  });

  it("are all in the table of the page, with what they allow", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/scoped-sessions.md"), "utf8");
    for (const [form, describe] of readyMadeForms) expect(page).toContain(`| \`${form}\` | ${describe} |`);
    expect(page.match(/^\| `[a-z0-9-]+(?:=|\[=|` \|)/gm)).toHaveLength(readyMadeForms.length);
  });

  it("are limited in time as help says", () => {
    expect(scopeOptions["scope-duration"].describe).toContain(formatRange(scopeDurationSeconds));
  });

  it.skipIf(!requireTools("ready-made scopes by moto's IAM policy parser", "moto"))(
    "are policies that moto's parser takes",
    { timeout: 60_000 },
    async () => {
      const program = [
        "import json, sys",
        "from moto.iam.policy_validation import IAMPolicyDocumentValidator",
        "for name, text in json.load(sys.stdin).items():",
        "    try: IAMPolicyDocumentValidator(text).validate()",
        "    except Exception as error: print(name, error)",
      ].join("\n");
      const documents = Object.fromEntries(
        [...scopes.map((scope) => [scope]), scopes.filter((scope) => scope.includes("arn:"))].map((some) => [
          some.join(),
          JSON.stringify(build(...some)),
        ]),
      );
      const broken = {
        broken: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*" }] }),
      };
      const stdin = JSON.stringify({ ...documents, ...broken });
      const { stdout, stderr, status } = await runProgram("python3", ["-c", program], {
        env: pythonEnvironment(),
        stdin,
      });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      expect(stdout.trim().split("\n")).toEqual([expect.stringMatching(/^broken /)]);
    },
  );
});
