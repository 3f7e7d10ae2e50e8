/** What the form for a new key holds, and the body that it asks for: pure. */

export const OWNERS = ["org", "team", "user", "project"] as const;
export const LIMITS = {
  requests_per_minute: "Requests a minute",
  tokens_per_minute: "Tokens a minute",
  max_concurrent_calls: "Calls at a time",
  max_output_tokens: "Output tokens of one call",
  max_choices: "Choices of one call",
} as const;

export type LimitName = keyof typeof LIMITS;
export type FieldName = "name" | "role" | (typeof OWNERS)[number] | "models" | "expires_at" | LimitName;
/** As typed; empty is as if it were not there. */
export type KeyDraft = Partial<Record<FieldName, string>>;

const FIELDS = new Set<string>(["name", "role", ...OWNERS, "models", "expires_at", ...Object.keys(LIMITS)]);

/** Whole numbers go as such; what is none goes as it was typed, so that the server says what is wrong with it. */
export function keyBody(draft: KeyDraft): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, typed = ""] of Object.entries(draft)) {
    const text = typed.trim();
    if (text === "") continue;
    if (name === "models") body.models = text.split(/[\s,]+/).filter(Boolean);
    else if (Object.hasOwn(LIMITS, name)) body[name] = /^\d{1,15}$/.test(text) ? Number(text) : text;
    else body[name] = text;
  }
  return body;
}

/** Beside which field the server's sentence belongs; undefined where beside none. */
export function fieldOf(told: string | undefined): FieldName | undefined {
  const [root = ""] = (told ?? "").split(/[.[]/, 1);
  return FIELDS.has(root) ? (root as FieldName) : undefined;
}

export const GRACES = { "0": "at once", "3600": "in an hour", "86400": "in a day", "604800": "in a week" } as const;
