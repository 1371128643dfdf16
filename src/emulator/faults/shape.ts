type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isDelay: Check = (value) => typeof value === "number" && value >= 0 && value <= 86_400_000;
const isCount: Check = (value) => typeof value === "number" && Number.isInteger(value) && value > 0;
const isStatus: Check = (value) => typeof value === "number" && Number.isInteger(value) && value >= 200 && value <= 599;
/** It is sent in a header. */
const isCode: Check = (value) => typeof value === "string" && /^[\w.-]+$/.test(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const shapes: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  latency: { milliseconds: isDelay },
  error: {
    statusCode: isStatus,
    code: isCode,
    message: optional(isText),
    retryAfterSeconds: optional(isDelay),
  },
  drop: {},
  truncate: {},
  "slow-body": { milliseconds: isDelay },
  clock: { seconds: isNumber },
  omit: { member: isText },
  status: { statusCode: isStatus },
  body: { text: isText },
};

const common: Readonly<Record<string, Check>> = { operation: optional(isText), times: optional(isCount) };

/** The first member of a fault that does not fit its kind; `kind` if the kind is unknown. */
export function malformedMember(fault: Readonly<Record<string, unknown>>): string | undefined {
  const { kind } = fault;
  const shape = typeof kind === "string" && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined;
  if (shape === undefined) return "kind";
  return Object.entries({ ...shape, ...common }).find(([name, check]) => !check(fault[name]))?.[0];
}
