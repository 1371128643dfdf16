export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface ReadyMade {
  /** The value after the equals sign, for help; in brackets if it is optional. */
  readonly form: string;
  readonly describe: string;
  /** Grammar of the value after the equals sign. */
  readonly grammar: RegExp;
  readonly statements: (text: string, resource: ResourceOf) => readonly Statement[];
}

/** Builds an ARN of a service in this place. A text that is already an ARN stays unchanged. */
export type ResourceOf = (service: string, resource: string, text?: string) => string;

const arn = String.raw`arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w.:/+=@*?-]+`;
const name = new RegExp(String.raw`^(?:${arn}|[\w.-]+\*?)$`);
const path = new RegExp(String.raw`^(?:${arn}|[\w./+=@-]+\*?)$`);
const functionName = new RegExp(String.raw`^(?:${arn}|[\w-]+(?::[\w-]+|\*)?)$`);
const bucketAndPrefix = /^(?:s3:\/\/|arn:[\w-]+:s3:::)?[A-Za-z0-9][\w.-]{0,62}(?:\/[^\p{Cc}$"\\]*)?$/u;

const allow = (Action: readonly string[], Resource: readonly string[]): Statement => ({
  Effect: "Allow",
  Action,
  Resource,
});

const pullImages = (repository: string, resource: ResourceOf) => [
  allow(["ecr:GetAuthorizationToken"], ["*"]),
  allow(
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    [resource("ecr", `repository/${repository === "" ? "*" : repository}`)],
  ),
];

/** Ready-made scopes. Each allows what a task needs and nothing else. */
export const readyMade = {
  "s3-read": {
    form: "BUCKET[/PREFIX]",
    describe: "list a bucket and read its objects",
    grammar: bucketAndPrefix,
    statements: (text, resource) => {
      const { bucket, prefixes } = splitBucket(text);
      const list = allow(["s3:ListBucket"], [resource("s3", bucket)]);
      return [
        allow(["s3:GetObject"], objects(bucket, prefixes, resource)),
        prefixes[0] === "*" ? list : { ...list, Condition: { StringLike: { "s3:prefix": prefixes } } },
      ];
    },
  },
  "s3-write": {
    form: "BUCKET[/PREFIX]",
    describe: "write objects, also in parts; neither read nor delete them",
    grammar: bucketAndPrefix,
    statements: (text, resource) => {
      const { bucket, prefixes } = splitBucket(text);
      return [
        allow(
          ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
          objects(bucket, prefixes, resource),
        ),
      ];
    },
  },
  "dynamodb-read": {
    form: "TABLE",
    describe: "read a table and its indexes",
    grammar: name,
    statements: (table, resource) => [
      allow(
        ["BatchGetItem", "DescribeTable", "GetItem", "Query", "Scan"].map((action) => `dynamodb:${action}`),
        tableAndIndexes(table, resource),
      ),
    ],
  },
  "dynamodb-write": {
    form: "TABLE",
    describe: "write and delete items of a table",
    grammar: name,
    statements: (table, resource) => [
      allow(
        ["BatchWriteItem", "ConditionCheckItem", "DeleteItem", "DescribeTable", "PutItem", "UpdateItem"].map(
          (action) => `dynamodb:${action}`,
        ),
        [resource("dynamodb", `table/${table}`, table)],
      ),
    ],
  },
  "ecr-pull": {
    form: "[REPOSITORY]",
    describe: "log in to ECR and pull images",
    grammar: /^(?:[a-z0-9][\w./-]*\*?|\*)?$/,
    statements: pullImages,
  },
  "ecr-push": {
    form: "REPOSITORY",
    describe: "log in to ECR, pull and push images",
    grammar: /^[a-z0-9][\w./-]*\*?$/,
    statements: (repository, resource) => [
      ...pullImages(repository, resource),
      allow(
        ["CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"].map((action) => `ecr:${action}`),
        [resource("ecr", `repository/${repository}`)],
      ),
    ],
  },
  "sqs-send": {
    form: "QUEUE",
    describe: "send messages to a queue",
    grammar: name,
    statements: (queue, resource) => [allow(["sqs:GetQueueUrl", "sqs:SendMessage"], [resource("sqs", queue, queue)])],
  },
  "sqs-receive": {
    form: "QUEUE",
    describe: "receive and delete messages of a queue",
    grammar: name,
    statements: (queue, resource) => [
      allow(
        ["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage"].map(
          (action) => `sqs:${action}`,
        ),
        [resource("sqs", queue, queue)],
      ),
    ],
  },
  "sns-publish": {
    form: "TOPIC",
    describe: "publish to a topic",
    grammar: name,
    statements: (topic, resource) => [allow(["sns:Publish"], [resource("sns", topic, topic)])],
  },
  "secrets-read": {
    form: "SECRET",
    describe: "read a secret of Secrets Manager",
    grammar: path,
    statements: (secret, resource) => [
      // Secrets Manager appends six characters to the name.
      allow(
        ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        [resource("secretsmanager", `secret:${secret}${secret.endsWith("*") ? "" : "-??????"}`, secret)],
      ),
    ],
  },
  "ssm-read": {
    form: "PATH",
    describe: "read parameters of Systems Manager: one, or all below a path",
    grammar: path,
    statements: (parameter, resource) => {
      const named = resource("ssm", `parameter/${parameter.replace(/^\//, "")}`, parameter).replace(/\/$/, "");
      return [
        allow(
          ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
          named.endsWith("*") ? [named] : [named, `${named}/*`],
        ),
      ];
    },
  },
  "logs-write": {
    form: "LOG_GROUP",
    describe: "write to a log group of CloudWatch Logs that exists",
    grammar: path,
    statements: (group, resource) => {
      const named = resource("logs", `log-group:${group}`, group).replace(/:\*$/, "");
      return [allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [`${named}:*`])];
    },
  },
  "kms-decrypt": {
    form: "KEY_ID",
    describe: "decrypt with a key, such as that of a bucket, queue or secret",
    grammar: name,
    statements: (key, resource) => [allow(["kms:Decrypt", "kms:DescribeKey"], [resource("kms", `key/${key}`, key)])],
  },
  "lambda-invoke": {
    form: "FUNCTION",
    describe: "invoke a function",
    grammar: functionName,
    statements: (lambda, resource) => {
      const named = resource("lambda", `function:${lambda}`, lambda);
      return [allow(["lambda:InvokeFunction"], named.endsWith("*") ? [named] : [named, `${named}:*`])];
    },
  },
  "bedrock-invoke": {
    form: "[MODEL]",
    describe: "invoke models of Bedrock, such as anthropic.claude-*",
    grammar: /^(?:[\w.:-]+\*?|\*)?$/,
    statements: (given, resource) => {
      const model = given === "" ? "*" : given;
      // A multi-Region inference profile is named after the model, with a prefix, and needs the model in each region.
      const [, partition = ""] = resource("bedrock", "").split(":");
      return [
        allow(
          ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
          [
            `arn:${partition}:bedrock:*::foundation-model/${model}`,
            resource("bedrock", `inference-profile/${model === "*" ? "*" : `*${model}`}`),
          ],
        ),
      ];
    },
  },
  rescope: {
    form: "",
    describe: "scope the session down further",
    grammar: /^$/,
    statements: () => [allow(["sts:GetScopedCredentials"], ["*"])],
  },
} as const satisfies Readonly<Record<string, ReadyMade>>;

/** Splits a bucket and its prefix into key patterns. A prefix without a final slash or star is a key or a folder. */
function splitBucket(text: string): { readonly bucket: string; readonly prefixes: readonly [string, ...string[]] } {
  const [bucket = "", ...parts] = text.replace(/^(?:s3:\/\/|arn:[\w-]+:s3:::)/, "").split("/");
  const prefix = parts.join("/");
  if (prefix === "" || prefix.endsWith("*")) return { bucket, prefixes: [prefix === "" ? "*" : prefix] };
  return { bucket, prefixes: prefix.endsWith("/") ? [`${prefix}*`] : [prefix, `${prefix}/*`] };
}

function objects(bucket: string, prefixes: readonly string[], resource: ResourceOf): readonly string[] {
  return prefixes.map((prefix) => resource("s3", `${bucket}/${prefix}`));
}

function tableAndIndexes(table: string, resource: ResourceOf): readonly string[] {
  const named = resource("dynamodb", `table/${table}`, table);
  return named.endsWith("*") ? [named] : [named, `${named}/index/*`];
}
