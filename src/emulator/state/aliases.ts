import { StateError } from "./schema.js";
import type { EmulatorState } from "./memory.js";

/** A trust anchor or a profile. */
interface Aliased {
  readonly arn: string;
  readonly aliasName?: string;
}

/** An alias as the control interface shows it. */
export interface Alias {
  readonly name: string;
  /** The trust anchor or profile that has it. */
  readonly arn: string;
  readonly aliasArn: string;
}

/** Whether an ARN, or an alias ARN, refers to a resource. */
export function isReferredToBy(arn: string, resource: Aliased): boolean {
  const { aliasName } = resource;
  return arn === resource.arn || (aliasName !== undefined && arn === aliasArnOf(resource.arn, aliasName));
}

export function listAliases({ trustAnchors, profiles }: EmulatorState): readonly Alias[] {
  return [...trustAnchors, ...profiles].flatMap(({ arn, aliasName }) =>
    aliasName === undefined ? [] : [{ name: aliasName, arn, aliasArn: aliasArnOf(arn, aliasName) }],
  );
}

/**
 * Gives a trust anchor or a profile an alias. A resource of the same kind that has it loses it, and a former alias of the
 * resource ends.
 *
 * @throws StateError
 */
export function setAlias(state: EmulatorState, value: unknown): EmulatorState {
  const members: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null ? { ...value } : {};
  const { name, arn } = members;
  if (typeof name !== "string" || typeof arn !== "string") {
    throw new StateError(`found ${JSON.stringify(value)}, expected an object with "name" and "arn"`);
  }
  const has = (resources: readonly Aliased[]) => resources.some((resource) => resource.arn === arn);
  if (has(state.trustAnchors)) return { ...state, trustAnchors: state.trustAnchors.map(moveTo(arn, name)) };
  if (has(state.profiles)) return { ...state, profiles: state.profiles.map(moveTo(arn, name)) };
  throw new StateError(`found no trust anchor or profile ${arn}`);
}

export function clearAliases(state: EmulatorState): EmulatorState {
  return {
    ...state,
    trustAnchors: state.trustAnchors.map(withoutAlias),
    profiles: state.profiles.map(withoutAlias),
  };
}

function moveTo(arn: string, name: string) {
  return <T extends Aliased>(resource: T) => {
    if (resource.arn === arn) return { ...resource, aliasName: name };
    return resource.aliasName === name ? withoutAlias(resource) : resource;
  };
}

function withoutAlias<T extends Aliased>(resource: T): Omit<T, "aliasName"> {
  const { aliasName, ...rest } = resource;
  return aliasName === undefined ? resource : rest;
}

function aliasArnOf(arn: string, name: string): string {
  return arn.replace(/:(trust-anchor|profile)\/.*$/, (_, kind: string) => `:alias/${kind}/${name}`);
}
