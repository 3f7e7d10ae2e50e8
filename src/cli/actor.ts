/** Who changes a book, as budgets, keys and the audit log say it: somebody with this command. */
export const COMMAND = "command";
