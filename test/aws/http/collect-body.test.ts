import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { collectBody, collectChunks } from "../../../src/aws/http/collect-body.js";
import { NetworkError } from "../../../src/errors.js";

const chunks = () => Readable.from([Buffer.from("ab"), Buffer.from("cd")]);

it("a body is read up to the limit and refused above it", async () => {
  expect((await collectChunks(chunks(), 4, "more than")).toString()).toBe("abcd");
  await expect(collectChunks(chunks(), 3, "more than")).rejects.toMatchObject({
    code: "ERR_CONNECTION",
    message: "more than 3 bytes",
  });
});

it("an error of the stream is the one that its response explains", async () => {
  const explained = new NetworkError("ERR_CONNECTION", "the connection was dropped");
  const broken = new Readable({ read: () => undefined });
  broken.destroy(new Error("reset"));
  const received = {
    httpVersion: "1.1",
    statusCode: 200,
    statusMessage: "",
    headers: [],
    body: broken,
    fault: async () => explained,
    discard: () => undefined,
  };
  await expect(collectBody(received, 9, "more than")).rejects.toBe(explained);
});
