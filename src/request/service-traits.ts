import type { PathSigning } from "../signing/canonical-request.js";

/** How a service deviates from the usual way of signing. */
export interface ServiceTraits {
  readonly pathSigning: PathSigning;
  /** Whether `x-amz-content-sha256` is required. */
  readonly wantsPayloadHash: boolean;
  /** Whether the service accepts bodies that the signature does not cover: never, optionally, or only those. */
  readonly unsignedPayload: "no" | "allowed" | "always";
  /** Whether it accepts a body in signed chunks (`aws-chunked`). */
  readonly signedChunks: boolean;
  /** Whether a presigned URL gets its token after signing. */
  readonly tokenUnsigned: boolean;
}

const ordinary: ServiceTraits = {
  pathSigning: "normalized",
  wantsPayloadHash: false,
  unsignedPayload: "no",
  signedChunks: false,
  tokenUnsigned: false,
};

const objectStore: ServiceTraits = {
  ...ordinary,
  pathSigning: "s3",
  wantsPayloadHash: true,
  unsignedPayload: "allowed",
  signedChunks: true,
};

const traits: Readonly<Record<string, ServiceTraits>> = {
  s3: objectStore,
  "s3-object-lambda": objectStore,
  "s3-outposts": objectStore,
  s3express: objectStore,
  aoss: { ...ordinary, wantsPayloadHash: true },
  glacier: { ...ordinary, wantsPayloadHash: true },
  iotdevicegateway: { ...ordinary, tokenUnsigned: true },
  "vpc-lattice-svcs": { ...ordinary, wantsPayloadHash: true, unsignedPayload: "always" },
};

export function traitsOf(service: string): ServiceTraits {
  return Object.hasOwn(traits, service) ? (traits[service] ?? ordinary) : ordinary;
}
