/** What must have happened over the seeds, or the simulation of pools and windows shows nothing about it. */
export const ENGINE_EVENTS = [
  "refused by a pool",
  "refused by windows",
  "refused by several",
  "fitted after its wait",
  "overage",
  "late settle of an expired call",
  "duplicate settle",
  "settle after release",
  "released twice",
  "expired",
  "reserved again under its id",
  "conflict under its id",
  "recorded again under its id",
  "bad figures",
  "window slid past a reservation in flight",
  "reset with reservations in flight",
  "crash with reservations in flight",
  "clock stepped back",
  "clock stepped forward",
  "healed",
] as const;
export type EngineEvent = (typeof ENGINE_EVENTS)[number];
