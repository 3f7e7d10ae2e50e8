/** Zones whose days are not all alike: without a local midnight, of odd offsets, with clocks set at midnight or twice a year for Ramadan. */
export const STRANGE_ZONES: readonly string[] = [
  "UTC",
  "America/New_York",
  "Africa/Cairo",
  "America/Havana",
  "America/Santiago",
  "Asia/Beirut",
  "Atlantic/Azores",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "Pacific/Chatham",
];
