/** What the command's exit code says, and how a command says that it failed. */

export const EXIT = { done: 0, failed: 1, wrongUsage: 2, difference: 3, nothingToReport: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something outside the book went wrong: a file that can't be read or written. One sentence; exit code 1. */
export class CommandFailed extends Error {}
