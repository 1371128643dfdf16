import { describe, expect, it } from "vitest";
import { describeGaps } from "../../../src/identity/certificate/gaps.js";
import { orderChain } from "../../../src/identity/certificate/chain.js";
import { certificateFromDer } from "../../../src/identity/certificate/parsed.js";
import { renderText } from "../../../src/message.js";
import { createAuthority, issueCertificate, keyOf } from "../../support/pki.js";
import type { CertificateSpec, Issued } from "../../support/pki.js";

const now = new Date();
const day = 86_400_000;
const expired = { notBefore: new Date(now.getTime() - 9 * day), notAfter: new Date(now.getTime() - day) };

const authority = (name: string, key: string, issuer?: Issued, spec: CertificateSpec = {}) =>
  createAuthority(keyOf("ec-p256", key), { subject: [["CN", name]], ...spec }, issuer);
const leafBelow = (issuer: Issued) => issueCertificate(keyOf("ec-p256", "leaf"), {}, issuer);
const parse = ({ der }: Issued) => certificateFromDer(der);

/** What is sent and what is left out, by position among the offered. */
function order(leaf: Issued, offered: readonly Issued[]) {
  const { chain, leftOut } = orderChain(parse(leaf), offered.map(parse), now);
  const place = (der: Uint8Array) => offered.findIndex((one) => one.der.equals(der));
  return {
    sent: chain.map(({ der }) => place(der)),
    leftOut: leftOut.map(({ certificate, reason }) => [place(certificate.der), reason]),
    gaps: describeGaps({ chain, leftOut }).map((gap) => renderText(gap)),
  };
}

const root = authority("Root", "root");

describe("of the certificates in a file, sends", () => {
  it("a rollover certificate: self-issued, signed with the old key", () => {
    const rollover = authority("Root", "new root", root);
    const leaf = leafBelow(rollover);
    expect(order(leaf, [leaf, rollover, root])).toMatchObject({
      sent: [1],
      leftOut: [
        [0, "leaf"],
        [2, "root"],
      ],
    });
  });

  it("an intermediate whose name equals its root's", () => {
    const issuing = authority("Root", "issuing", root);
    const leaf = leafBelow(issuing);
    expect(order(leaf, [root, issuing]).sent).toEqual([1]);
  });

  it("the renewed one of two certificates of one issuer, and not the expired one", () => {
    const old = authority("Issuing", "issuing", root, expired);
    const renewed = authority("Issuing", "issuing", root);
    expect(order(leafBelow(old), [old, renewed])).toMatchObject({ sent: [1], leftOut: [[0, "expired"]] });
  });

  it("both of two cross-signed intermediates, the path to an offered root first", () => {
    const other = authority("Other Root", "other root");
    const crossed = authority("Issuing", "issuing", other);
    const issuing = authority("Issuing", "issuing", root);
    const leaf = leafBelow(issuing);
    expect(order(leaf, [crossed, issuing, root])).toMatchObject({ sent: [1, 0] });
    expect(order(leaf, [crossed, issuing, other])).toMatchObject({ sent: [0, 1] });
  });

  it("no expired cross-signed root on top", () => {
    const crossedRoot = authority("Root", "root", authority("Older Root", "older root"), expired);
    const issuing = authority("Issuing", "issuing", root);
    const found = order(leafBelow(issuing), [issuing, crossedRoot]);
    expect(found).toMatchObject({ sent: [0], leftOut: [[1, "expired"]] });
    expect(found.gaps).toEqual([expect.stringMatching(/^the intermediate CN=Root has expired .* replace it/)]);
  });

  it("an issuer that the key identifier does not name", () => {
    const wrong = [
      { id: "2.5.29.35", critical: false, value: Buffer.concat([Buffer.from("30168014", "hex"), Buffer.alloc(20, 7)]) },
    ];
    const issuing = authority("Issuing", "issuing", root);
    const leaf = issueCertificate(keyOf("ec-p256", "leaf"), { extensions: wrong }, issuing);
    expect(order(leaf, [issuing]).sent).toEqual([0]);
  });

  it("an issuer that is named in other letter case and spacing", () => {
    const issuing = authority("Issuing  CA", "issuing", root);
    const leaf = leafBelow({ ...issuing, subject: [["CN", "issuing ca"]] });
    expect(order(leaf, [issuing]).sent).toEqual([0]);
  });

  it("the five nearest of seven, and says so", () => {
    const chain = [root];
    for (let level = 1; level <= 7; level++) chain.unshift(authority(`Level ${level}`, `level ${level}`, chain[0]));
    const found = order(leafBelow(chain[0] ?? root), [...chain].reverse());
    expect(found.sent).toEqual([7, 6, 5, 4, 3]);
    expect(found.gaps).toEqual([expect.stringMatching(/^only 5 of 7 intermediates are sent/)]);
  });

  it("nothing that issued nothing here", () => {
    expect(order(leafBelow(root), [authority("Stranger", "stranger", root)])).toMatchObject({
      sent: [],
      leftOut: [[0, "unrelated"]],
    });
  });
});
