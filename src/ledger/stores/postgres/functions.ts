/**
 * What must happen at once, in one round trip, as functions in the database: reserving, settling, giving back. They are made anew
 * with every migration. What follows from definitions and time is decided before, and handed in; the functions look at the
 * database's clock, lock, compare and add.
 *
 * All writers lock in one order: `budgets` (shared; who changes budgets takes it for itself), reservations, identities, counters in
 * the order in which they are handed in, alerts, rollups. So none waits for one that waits for it. Rows that all calls share come
 * last, because they stay locked until the commit is on the disk.
 */
import { ABANDON } from "./abandon-function.ts";
import { EXTEND } from "./extend-function.ts";
import { RESERVE } from "./reserve-function.ts";
import { SETTLE } from "./settle-function.ts";

const NOW = `
CREATE OR REPLACE FUNCTION @schema@.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;
`;

/** On a server whose commits do not wait for the disk, this one does. */
const COMMIT_DURABLY = `
CREATE OR REPLACE FUNCTION @schema@.commit_durably() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('synchronous_commit') = 'off' THEN PERFORM set_config('synchronous_commit', 'on', true); END IF;
END $$;
`;

/** Another number means other budgets, or other names by which they count. */
const REVISION = `
CREATE OR REPLACE FUNCTION @schema@.budgets_revision() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (SELECT value FROM @schema@.settings WHERE name = 'budgets_revision') + (SELECT value FROM @schema@.settings WHERE name = 'names_revision')
$$;
`;

/**
 * First of all in a transaction that adds rows: locks out whoever changes budgets, and answers by their revision which ones there are.
 * `p_alone`: also locks out all others that add rows.
 */
const BEGIN_COUNTING = `
CREATE OR REPLACE FUNCTION @schema@.begin_counting(p_alone boolean) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF p_alone THEN LOCK TABLE @schema@.budgets IN EXCLUSIVE MODE; ELSE LOCK TABLE @schema@.budgets IN ROW SHARE MODE; END IF;
  RETURN @schema@.budgets_revision();
END $$;
`;

/** Whoever waits longer for a lock gives up, and nothing was changed: nobody may be left to hear of it. */
const WAIT_AT_MOST = `
CREATE OR REPLACE FUNCTION @schema@.wait_at_most(p_ms integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', p_ms::text, true);
END $$;
`;

export const FUNCTIONS: string = NOW + COMMIT_DURABLY + REVISION + BEGIN_COUNTING + WAIT_AT_MOST + RESERVE + SETTLE + EXTEND + ABANDON;
