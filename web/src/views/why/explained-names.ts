import type { ExplanationDocument } from "tokenledger/insights";

/** Whose changes can be told apart. */
export const BY: readonly ExplanationDocument["by"][] = ["model", "team", "project", "user", "provider", "source", "org", "key", "session"];
