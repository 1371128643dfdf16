/** Limits of S3. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxPartBytes = 5 * 1024 ** 3;
export const maxParts = 10_000;

/** Above S3's minimum of 5 MiB. An output up to this size takes one request. */
const firstPartBytes = 6 * 1024 ** 2;
const partsOfOneSize = 1_000;

/**
 * Returns the size of a part: each thousand parts are twice as large as the thousand before. Small parts suffice for
 * most outputs, and 10,000 parts for more than 5 TiB, though nobody knows the size of the output at its beginning.
 *
 * @param number From 1.
 */
export function partSize(number: number): number {
  return Math.min(firstPartBytes * 2 ** Math.floor((number - 1) / partsOfOneSize), maxPartBytes);
}
