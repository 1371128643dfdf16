/** Limits of S3. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxPartBytes = 5 * 1024 ** 3;
export const maxParts = 10_000;

/** S3's minimum. An output up to this size takes one request. */
const firstPartBytes = 5 * 1024 ** 2;
const firstParts = 4_500;
const partsOfOneSize = 550;

/**
 * Returns the size of a part. The first 22 GiB go in small parts, which take little memory; after them, every 550 parts are
 * twice as large as those before. So 10,000 parts hold more than 5 TiB, though nobody knows the size of the output at its
 * beginning.
 *
 * @param number From 1.
 */
export function partSize(number: number): number {
  const doublings = Math.ceil(Math.max(0, number - firstParts) / partsOfOneSize);
  return Math.min(firstPartBytes * 2 ** doublings, maxPartBytes);
}
