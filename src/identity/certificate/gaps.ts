import { message, suspecting, type Text } from "../../message.js";
import type { Identity } from "../identity.js";
import { maxIntermediates } from "./chain.js";
import { nameOf } from "./parsed.js";

/** Explains, as hints, why the chain that is sent may not reach the trust anchor. */
export function describeGaps({ chain, leftOut }: Pick<Identity, "chain" | "leftOut">): readonly Text[] {
  const expired = leftOut.filter(({ reason }) => reason === "expired");
  const beyond = leftOut.filter(({ reason }) => reason === "beyond five");
  const hints = [
    ...expired.map(
      ({ certificate }) =>
        message`the intermediate ${nameOf(certificate)} has expired (${certificate.x509.validTo}) and is not sent: replace it by the renewed one`,
    ),
    ...(beyond.length === 0
      ? []
      : [
          `only ${chain.length} of ${chain.length + beyond.length} intermediates are sent, since IAM Roles Anywhere takes ${maxIntermediates}: use a trust anchor nearer to the leaf`,
        ]),
  ];
  return hints.map((hint) => suspecting("trustAnchor", hint));
}
