import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { findLinkedFile } from "../aws/files/linked-folder.js";
import { lockBeside, lockName } from "../aws/files/lock-beside.js";
import type { FileLock } from "../aws/files/lock-beside.js";
import { findFile } from "../aws/files/target.js";
import { removeLeftovers } from "../aws/files/temporary.js";
import { writeFileWhole } from "../aws/files/write-file.js";
import { expandHome } from "../aws/shared-config.js";
import { readTrustAnchors } from "../diagnosis/certificate/trust-anchors.js";
import { IdentityError, UsageError } from "../errors.js";
import { readValidity } from "../identity/certificate/fields.js";
import type { MaterialSource } from "../identity/material-source.js";
import { describeSource } from "../identity/material-source.js";
import type { IdentityContext, NamedIdentitySource } from "../identity/source.js";
import { message } from "../message.js";
import type { Sourced } from "../origin.js";
import { refuseUnfit } from "./accept.js";
import { connectAuthority } from "./authority.js";
import type { AuthorityContext, AuthoritySettings, CallAuthority, RenewalAnswer, RenewalRequest } from "./authority.js";
import { renewByEst } from "./est.js";
import { planDue, planNext } from "./margin.js";
import type { Margin } from "./margin.js";
import { createKeyLike, formatKeyLike } from "./new-key.js";
import { composePair, withoutLeftovers } from "./next-pair.js";
import type { ReplacedKey } from "./next-pair.js";
import { keyBlocks, passwordOf, readPair } from "./pair.js";
import type { Pair } from "./pair.js";
import { finishWrites, replacePair } from "./replace-pair.js";
import { renewByStepCa } from "./step-ca.js";

/** Which certificate to renew, where and when. */
export interface RenewalPlan {
  readonly source: NamedIdentitySource;
  readonly authority: AuthoritySettings;
  readonly margin: Margin;
  /** Whether each certificate gets a new key. */
  readonly rekey: boolean;
  /** PEM file with the certificates of the trust anchor. */
  readonly anchors: Sourced<MaterialSource> | undefined;
}

/** Dependencies of a renewal. */
export interface RenewalContext extends IdentityContext, AuthorityContext {
  readonly debug: IdentityContext["debug"];
  readonly now: () => Date;
  /** The new key until its certificate arrives, so that repeated requests to a slow authority use the same key. */
  readonly asked: { key?: KeyObject | undefined };
}

/** Result of checking a certificate. */
export type RenewalResult =
  | (State & { readonly kind: "fresh" })
  | (State & { readonly kind: "pending" })
  | (State & {
      readonly kind: "renewed";
      /** Paths of the previous pair. */
      readonly previous: readonly string[];
    });

/** End of the certificate, and time of the next check, in milliseconds since 1970. */
interface State {
  readonly endMs: number;
  readonly nextMs: number;
}

/** A running renewal may wait for its authority. Other processes wait this long for it. */
const lockWaitMs = 600_000;

/**
 * Renews the certificate if it is due. Of several processes, one calls the authority, and the others use its result.
 *
 * @param jitter In [0, 1): renews earlier than the margin, as in `planDue`.
 * @throws IdentityError, ServiceError, NetworkError, UsageError; the present pair is kept
 */
export async function renewIfDue(plan: RenewalPlan, context: RenewalContext, jitter: number): Promise<RenewalResult> {
  const paths = pathsOf(plan.source, context);
  const before = await readPair(plan.source, context).catch((error: unknown) => error as Error);
  if (!(before instanceof Error) && withoutLeftovers(before) === undefined) {
    const state = judge(before, plan, context, jitter);
    if (!state.due) return { kind: "fresh", ...state };
  }
  const { path: target, present } = findFile(paths.certificate, { secret: true });
  if (present === undefined && before instanceof Error) throw before;
  // If the folder is replaced, a lock in it would be replaced too.
  const locked = findLinkedFile(paths.certificate)?.link ?? target;
  const lock = await lockBeside(locked, { waitMs: lockWaitMs });
  try {
    removeLeftovers(lockName(locked));
    finishWrites(paths, lock);
    const pair = await readWhole(plan.source, context);
    const state = judge(pair, plan, context, jitter);
    const isRenewed = !(before instanceof Error) && !sameLeaf(before, pair);
    if (!state.due || isRenewed) return { kind: "fresh", ...state };
    refuseExpired(pair, context.now());
    return await renew(pair, plan, { ...context, lock, jitter });
  } finally {
    lock.release();
  }
}

function judge({ leaf }: Pair, { margin }: RenewalPlan, { now }: RenewalContext, jitter: number) {
  const validity = readValidity(leaf.der);
  const nextMs = planDue(validity, margin, jitter);
  return { endMs: validity.notAfter.getTime(), nextMs, due: now().getTime() >= nextMs } satisfies State & {
    due: boolean;
  };
}

/** Reads the pair, after removing leftovers of a killed renewal. */
async function readWhole(source: NamedIdentitySource, context: RenewalContext): Promise<Pair> {
  const pair = await readPair(source, context);
  const cleaned = withoutLeftovers(pair);
  if (cleaned === undefined) return pair;
  writeFileWhole(pair.files.certificate.target, cleaned, { secret: false });
  return readPair(source, context);
}

function sameLeaf(one: Pair, other: Pair): boolean {
  return one.leaf.x509.fingerprint256 === other.leaf.x509.fingerprint256;
}

interface UnderLock extends RenewalContext {
  readonly lock: FileLock;
  readonly jitter: number;
}

async function renew(pair: Pair, plan: RenewalPlan, context: UnderLock): Promise<RenewalResult> {
  const { authority, rekey } = plan;
  const { asked, lock, jitter } = context;
  const anchors = await readTrustAnchors(plan.anchors, context);
  const privateKey = rekey ? (asked.key ??= await createKeyLike(pair.privateKey)) : pair.privateKey;
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const client = {
    cert: [pair.leaf, ...pair.chain].map(({ x509 }) => x509.toString()).join(""),
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  const key = rekey ? await replacedKey(pair, privateKey, context) : undefined;
  context.debug(`renewal: asking ${authority.protocol} for a new certificate${rekey ? " of a new key" : ""}`);
  const call = connectAuthority(authority, client, context);
  const request = { present: pair.leaf, client, privateKey, publicKey, rekey };
  const answer = await ask(request, plan, call, context);
  if (answer.kind === "pending") {
    const nextMs = context.now().getTime() + answer.retryAfterMs;
    return { kind: "pending", endMs: readValidity(pair.leaf.der).notAfter.getTime(), nextMs };
  }
  const next = composePair(pair, answer, key, context.now());
  refuseUnfit(next, pair, { protocol: authority.protocol, publicKey, anchors, rekey, now: context.now() });
  if (!lock.isHeld()) throw overtaken();
  const previous = replacePair(pair, next, lock);
  asked.key = undefined;
  const validity = readValidity(next.leaf.der);
  return {
    kind: "renewed",
    endMs: validity.notAfter.getTime(),
    nextMs: planNext(validity, plan.margin, jitter),
    previous,
  };
}

function ask(
  request: RenewalRequest,
  { authority }: RenewalPlan,
  call: CallAuthority,
  context: RenewalContext,
): Promise<RenewalAnswer> {
  return authority.protocol === "est" ? renewByEst(request, call, context) : renewByStepCa(request, call);
}

async function replacedKey(pair: Pair, key: Pair["privateKey"], context: RenewalContext): Promise<ReplacedKey> {
  const blocks = keyBlocks(pair.files.key);
  const [block, ...others] = blocks;
  if (block === undefined || others.length > 0) {
    throw new UsageError(
      "ERR_NOT_AVAILABLE",
      message`${pair.files.key.name} holds ${blocks.length} keys, expected one`,
      {
        hints: ["move the other keys to files of their own"],
      },
    );
  }
  return { block, pem: formatKeyLike(key, block, await passwordOf(pair, context)) };
}

function refuseExpired({ leaf, source }: Pair, now: Date): void {
  const { notAfter } = readValidity(leaf.der);
  if (now <= notAfter) return;
  const name = describeSource(source.certificate);
  throw new IdentityError(
    "ERR_CERTIFICATE_EXPIRED",
    message`certificate ${name} expired on ${notAfter.toISOString()}: an authority renews only a valid one`,
    {
      hints: [
        'get a new certificate from the authority, for example with "step ca certificate"',
        "if it should still be valid, check the clock of this machine",
      ],
    },
  );
}

function overtaken(): UsageError {
  return new UsageError("ERR_OUTPUT", "another process took over the renewal, because this one stood still", {
    hints: ["look at the log of the other process"],
  });
}

function pathsOf({ certificate, privateKey, intermediates }: NamedIdentitySource, { homeDirectory }: RenewalContext) {
  const path = (found: Sourced<MaterialSource> | undefined) =>
    found?.value.kind === "file" ? expandHome(found.value.path, homeDirectory) : undefined;
  return { certificate: path(certificate) ?? "", key: path(privateKey), intermediates: path(intermediates) };
}
