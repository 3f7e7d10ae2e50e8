/** Counting, settling and giving back, as functions in the database. */
import { MEASURES } from "../../schema.ts";

/**
 * Tells of what is reached, each once. Parallel arrays: a budget's value, the window told of, the counters' starts that make up what
 * is spent in it, and from which sum on there is something to tell.
 */
const TELL = `
CREATE OR REPLACE FUNCTION @schema@.tell(
  p_budgets integer[], p_values text[], p_starts bigint[], p_ends bigint[], p_from bigint[], p_to bigint[],
  p_kinds text[], p_thresholds double precision[], p_least_nano_usd bigint[], p_least_tokens bigint[], p_post boolean[]
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO @schema@.alerts (budget, value, start_ms, end_ms, kind, threshold, spent_nano_usd, spent_tokens, triggered_ms, next_attempt_ms)
  SELECT a.budget, a.value, a.start_ms, a.end_ms, a.kind, a.threshold, s.nano_usd, s.tokens, @schema@.now_ms(), CASE WHEN a.post THEN @schema@.now_ms() END
  FROM unnest(p_budgets, p_values, p_starts, p_ends, p_from, p_to, p_kinds, p_thresholds, p_least_nano_usd, p_least_tokens, p_post)
      WITH ORDINALITY AS a (budget, value, start_ms, end_ms, first_ms, last_ms, kind, threshold, least_nano_usd, least_tokens, post, place),
    LATERAL (
      SELECT sum(used_nano_usd)::bigint AS nano_usd, sum(used_tokens)::bigint AS tokens FROM @schema@.budget_counters c
      WHERE c.budget = a.budget AND c.value = a.value AND c.start_ms BETWEEN a.first_ms AND a.last_ms
    ) s
  WHERE (s.nano_usd >= a.least_nano_usd OR s.tokens >= a.least_tokens)
    AND NOT EXISTS (
      SELECT FROM @schema@.alerts t WHERE t.budget = a.budget AND t.value = a.value AND t.start_ms = a.start_ms AND t.kind = a.kind AND t.threshold = a.threshold
    )
  ORDER BY a.place
  ON CONFLICT DO NOTHING
$$;
`;

/** Adds to what is used, for rows that came by another way than a reservation. */
const COUNT = `
CREATE OR REPLACE FUNCTION @schema@.count_used(
  p_budgets integer[], p_values text[], p_starts bigint[], p_nano_usd bigint[], p_tokens bigint[], p_requests bigint[]
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO @schema@.budget_counters AS c (budget, value, start_ms, used_nano_usd, used_tokens, requests)
  SELECT budget, value, start_ms, nano_usd, tokens, requests
  FROM unnest(p_budgets, p_values, p_starts, p_nano_usd, p_tokens, p_requests)
    WITH ORDINALITY AS d (budget, value, start_ms, nano_usd, tokens, requests, place)
  ORDER BY place
  ON CONFLICT (budget, value, start_ms) DO UPDATE SET used_nano_usd = c.used_nano_usd + excluded.used_nano_usd,
    used_tokens = c.used_tokens + excluded.used_tokens, requests = c.requests + excluded.requests
$$;
`;

/** Adds what may be negative, or far from any reservation's own counter: holds of a reservation that has ended are taken off. */
const GIVE_BACK = `
CREATE OR REPLACE FUNCTION @schema@.give_back(r @schema@.reservations) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..coalesce(array_length(r.held_budgets, 1), 0) LOOP
    UPDATE @schema@.budget_counters SET reserved_nano_usd = reserved_nano_usd - r.nano_usd, reserved_tokens = reserved_tokens - r.tokens
      WHERE budget = r.held_budgets[i] AND value = r.held_values[i] AND start_ms = r.held_starts[i];
  END LOOP;
END $$;
`;

/** Ends an open reservation without a record. \`p_expired\`: only if its time is over and it has not left. \`p_state\` NULL: nothing is remembered of it. */
const RELEASE = `
CREATE OR REPLACE FUNCTION @schema@.release(p_digest uuid, p_attempt bigint, p_state text, p_expired boolean, p_wait_ms integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE r @schema@.reservations;
BEGIN
  PERFORM @schema@.wait_at_most(p_wait_ms);
  LOCK TABLE @schema@.budgets IN ROW SHARE MODE;
  SELECT * INTO r FROM @schema@.reservations
    WHERE digest = p_digest AND attempt = p_attempt AND state = 'open' AND (NOT p_expired OR (NOT dispatched AND expires_ms <= @schema@.now_ms())) FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_state IS NULL THEN
    DELETE FROM @schema@.reservations WHERE digest = p_digest AND attempt = p_attempt;
  ELSE
    UPDATE @schema@.reservations SET state = p_state, ended_ms = @schema@.now_ms(), held_budgets = '{}', held_values = '{}', held_starts = '{}',
        external_id = NULL, external_digest = NULL
      WHERE digest = p_digest AND attempt = p_attempt;
  END IF;
  PERFORM @schema@.give_back(r);
  RETURN true;
END $$;
`;

const ROLLUP_VALUES = ["model", "team", "project", "source"]
  .map((column, index) => `(${index + 1}, v_hour, p_row.${column}, ${rollupFigures()})`)
  .join(",\n    ");

function rollupFigures(): string {
  return [
    "p_row.requests",
    "coalesce(p_row.input_tokens, 0)",
    "coalesce(p_row.output_tokens, 0)",
    "coalesce(p_row.cache_read_tokens, 0)",
    "coalesce(p_row.cache_write_5m_tokens, 0) + coalesce(p_row.cache_write_1h_tokens, 0)",
    "coalesce(p_row.reasoning_tokens, 0)",
    "coalesce(p_row.web_searches, 0)",
    "v_nano_usd",
    "p_row.unpriced",
    "coalesce(p_row.latency_ms, 0)",
    "CASE WHEN p_row.latency_ms IS NULL THEN 0 ELSE p_row.requests END",
  ].join(", ");
}

/**
 * Ends a reservation with its record. The items, parallel arrays in the order of locking: counters that count the record, or held the
 * estimate, or both, and from which sum on there may be something to tell.
 *
 * Outcomes: `stale`, other budgets than those handed in; `settled`; `late`, it had lapsed; `released` or `open` (not yet expired): not
 * done; `recorded`, there is a record already; `unknown`. TL002: other counters hold the estimate than those handed in; the detail
 * names them. TL003: another record has one of the identities.
 */
const SETTLE_FUNCTION = `
CREATE OR REPLACE FUNCTION @schema@.settle(
  p_revision bigint, p_digest uuid, p_attempt bigint, p_expired boolean, p_durable boolean, p_wait_ms integer,
  p_row @schema@.usage_records, p_digests uuid[], p_attempts bigint[],
  p_budgets integer[], p_values text[], p_starts bigint[], p_counted boolean[], p_held boolean[],
  p_tell_nano_usd bigint[], p_tell_tokens bigint[],
  a_budgets integer[], a_values text[], a_starts bigint[], a_ends bigint[], a_from bigint[], a_to bigint[],
  a_kinds text[], a_thresholds double precision[], a_least_nano_usd bigint[], a_least_tokens bigint[], a_post boolean[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  r @schema@.reservations;
  c record;
  taken integer;
  outcome text;
  is_told boolean := false;
  n integer := coalesce(array_length(p_budgets, 1), 0);
  v_nano_usd bigint := coalesce(p_row.reported_cost_nano_usd, p_row.computed_cost_nano_usd, 0);
  v_tokens bigint := coalesce(p_row.input_tokens, 0) + coalesce(p_row.output_tokens, 0);
  v_hour integer := p_row.time_ms / 3600000;
  v_used integer;
  v_held integer;
  expected_budgets integer[] := '{}';
  expected_values text[] := '{}';
  expected_starts bigint[] := '{}';
BEGIN
  PERFORM @schema@.wait_at_most(p_wait_ms);
  LOCK TABLE @schema@.budgets IN ROW SHARE MODE;
  IF p_revision <> (SELECT value FROM @schema@.settings WHERE name = 'budgets_revision') + (SELECT value FROM @schema@.settings WHERE name = 'names_revision') THEN
    RETURN 'stale';
  END IF;
  DELETE FROM @schema@.reservations WHERE digest = p_digest AND attempt = p_attempt
    AND CASE WHEN p_expired THEN state = 'open' AND dispatched AND expires_ms <= @schema@.now_ms() ELSE state <> 'released' END RETURNING * INTO r;
  IF NOT FOUND THEN
    SELECT state INTO outcome FROM @schema@.reservations WHERE digest = p_digest AND attempt = p_attempt;
    IF NOT FOUND THEN
      -- A row has its number from the call that made it: by it, a call whose answer was lost knows its own work.
      SELECT CASE WHEN "row" = p_row."row" THEN 'settled' ELSE 'recorded' END INTO outcome
        FROM @schema@.identities WHERE digest = p_digest AND attempt = p_attempt;
    END IF;
    RETURN coalesce(outcome, 'unknown');
  END IF;
  IF r.state = 'open' THEN
    FOR i IN 1..n LOOP
      IF p_held[i] THEN
        expected_budgets := expected_budgets || p_budgets[i];
        expected_values := expected_values || p_values[i];
        expected_starts := expected_starts || p_starts[i];
      END IF;
    END LOOP;
    IF (r.held_budgets, r.held_values, r.held_starts) IS DISTINCT FROM (expected_budgets, expected_values, expected_starts) THEN
      RAISE EXCEPTION USING ERRCODE = 'TL002', MESSAGE = 'other counters hold the estimate',
        DETAIL = json_build_array(r.held_budgets, r.held_values, r.held_starts);
    END IF;
  END IF;

  IF p_durable THEN PERFORM @schema@.commit_durably(); ELSE PERFORM set_config('synchronous_commit', 'off', true); END IF;
  INSERT INTO @schema@.identities SELECT d.digest, d.attempt, p_row."row", p_row.time_ms FROM unnest(p_digests, p_attempts) AS d (digest, attempt)
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken <> array_length(p_digests, 1) THEN
    RAISE EXCEPTION USING ERRCODE = 'TL003', MESSAGE = 'another record has one of the identities';
  END IF;
  INSERT INTO @schema@.usage_records SELECT (p_row).*;

  FOR i IN 1..n LOOP
    v_used := p_counted[i]::integer;
    v_held := (p_held[i] AND r.state = 'open')::integer;
    UPDATE @schema@.budget_counters SET used_nano_usd = used_nano_usd + v_used * v_nano_usd, used_tokens = used_tokens + v_used * v_tokens,
        requests = requests + v_used, reserved_nano_usd = reserved_nano_usd - v_held * r.nano_usd, reserved_tokens = reserved_tokens - v_held * r.tokens,
        overage_nano_usd = overage_nano_usd + v_held * greatest(v_nano_usd - r.nano_usd, 0)
      WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = p_starts[i] RETURNING used_nano_usd, used_tokens INTO c;
    IF NOT FOUND AND v_used = 1 THEN
      INSERT INTO @schema@.budget_counters AS b (budget, value, start_ms, used_nano_usd, used_tokens, requests)
        VALUES (p_budgets[i], p_values[i], p_starts[i], v_nano_usd, v_tokens, 1)
        ON CONFLICT (budget, value, start_ms) DO UPDATE SET used_nano_usd = b.used_nano_usd + excluded.used_nano_usd,
          used_tokens = b.used_tokens + excluded.used_tokens, requests = b.requests + excluded.requests
        RETURNING used_nano_usd, used_tokens INTO c;
    END IF;
    is_told := is_told OR coalesce(c.used_nano_usd >= p_tell_nano_usd[i], false) OR coalesce(c.used_tokens >= p_tell_tokens[i], false);
  END LOOP;
  IF is_told THEN
    PERFORM @schema@.tell(a_budgets, a_values, a_starts, a_ends, a_from, a_to, a_kinds, a_thresholds, a_least_nano_usd, a_least_tokens, a_post);
  END IF;

  INSERT INTO @schema@.rollups AS s (dimension, hour, value, ${MEASURES.join(", ")}) VALUES
    ${ROLLUP_VALUES}
  ON CONFLICT (dimension, hour, value) DO UPDATE SET ${MEASURES.map((measure) => `${measure} = s.${measure} + excluded.${measure}`).join(", ")};
  RETURN CASE r.state WHEN 'open' THEN 'settled' ELSE 'late' END;
END $$;
`;

export const SETTLE: string = TELL + COUNT + GIVE_BACK + RELEASE + SETTLE_FUNCTION;
