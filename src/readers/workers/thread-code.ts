declare const READER_THREAD_CODE: string;

/**
 * The script of a thread, as the build inserts it: thread.ts with all that it imports. Text needs no file, so threads
 * start in the same way in the executable, in the standalone executable and in the library. Undefined without a build.
 */
export const threadCode: string | undefined = typeof READER_THREAD_CODE === "string" ? READER_THREAD_CODE : undefined;
