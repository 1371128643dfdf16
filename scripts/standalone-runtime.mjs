/** The version of Bun that standalone executables carry. */
export const bunVersion = "1.4.5";
