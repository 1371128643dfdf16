import type { PathSigning } from "../signing/canonical-request.js";

/** How one service wants its requests signed, where it differs from the rest. */
export interface ServiceTraits {
  readonly pathSigning: PathSigning;
  /** Whether `x-amz-content-sha256` has to be sent. */
  readonly wantsPayloadHash: boolean;
  /** Whether the service takes bodies that the signature does not cover: by choice, or never any other. */
  readonly unsignedPayload: "no" | "allowed" | "always";
  /** Whether it reads a body in signed chunks (`aws-chunked`). */
  readonly signedChunks: boolean;
  /** Whether a presigned URL gets its token after the signature. */
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
