/** By what calls can be told apart, and where one goes from a name to look closer. */
import { FILTERS, type FilterName, type Filters } from "../../question/use-question.ts";

export const TIMES = ["day", "week", "month", "hour"] as const;
export const NAMES = ["model", "team", "user", "project", "provider", "source", "tag", "key", "session", "org"] as const;

export type TimeDimension = (typeof TIMES)[number];
export type NameDimension = (typeof NAMES)[number];
export type Dimension = TimeDimension | NameDimension;

export function isTime(dimension: Dimension): dimension is TimeDimension {
  return (TIMES as readonly string[]).includes(dimension);
}

export function isDimension(text: string | undefined): text is Dimension {
  return text !== undefined && [...TIMES, ...NAMES].includes(text as Dimension);
}

/** What sums can be held to; single requests also to a key and a session. */
const ANSWERED = new Set<FilterName>(["team", "user", "project", "provider", "model", "source", "tag"]);

export function isAnsweredFilter(name: string): name is FilterName {
  return ANSWERED.has(name as FilterName);
}

/** Whether requests can be listed by it. */
export function isListedFilter(name: string): name is FilterName {
  return (FILTERS as readonly string[]).includes(name);
}

/** From the wider to the narrower: the first that is not yet held to one name comes next. */
const CLOSER: Readonly<Record<NameDimension, readonly NameDimension[]>> = {
  org: ["team", "user", "project"],
  provider: ["model", "team", "user", "project"],
  team: ["user", "project", "model", "tag"],
  project: ["user", "model", "tag", "source"],
  user: ["project", "model", "tag", "source"],
  model: ["team", "user", "project", "tag"],
  source: ["model", "user", "project"],
  tag: ["user", "model", "project"],
  key: ["model"],
  session: ["model"],
};

export function closerDimension(dimension: NameDimension, filters: Filters): Dimension {
  return CLOSER[dimension].find((one) => filters[one as FilterName] === undefined) ?? "day";
}
