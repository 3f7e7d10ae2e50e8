/** Reserving, as a function in the database. */
import { EARLIER_BUCKETS } from "../../../budget/index.ts";

/** How a counter stands, as text: `used,reserved,used tokens,reserved tokens,requests,overage`. */
export const COUNTER_STATE: string =
  "concat_ws(',', used_nano_usd, reserved_nano_usd, used_tokens, reserved_tokens, requests, overage_nano_usd)";

/**
 * How a sliding window stands that begins `p_start`, with its parts behind `|` as `start:money:tokens`. What lies later than now counts
 * too: a clock that was put back frees nothing.
 */
const SLIDING_STATE = `
CREATE OR REPLACE FUNCTION @schema@.sliding_state(
  p_budget integer, p_value text, p_start bigint, OUT taken_nano_usd bigint, OUT taken_tokens bigint, OUT state text
) LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(used_nano_usd + reserved_nano_usd), 0)::bigint, coalesce(sum(used_tokens + reserved_tokens), 0)::bigint,
    concat_ws(',', sum(used_nano_usd), sum(reserved_nano_usd), sum(used_tokens), sum(reserved_tokens), sum(requests), sum(overage_nano_usd))
      || coalesce('|' || string_agg(concat_ws(':', start_ms, used_nano_usd + reserved_nano_usd, used_tokens + reserved_tokens), '|' ORDER BY start_ms), '')
  FROM @schema@.budget_counters WHERE budget = p_budget AND value = p_value AND start_ms >= greatest(p_start, 0)
$$;
`;

/** Holds the estimate in a calendar window's counter. */
const HOLD = `UPDATE @schema@.budget_counters SET reserved_nano_usd = reserved_nano_usd + p_nano_usd, reserved_tokens = reserved_tokens + p_tokens
        WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = starts[i]
        RETURNING used_nano_usd + reserved_nano_usd, used_tokens + reserved_tokens, ${COUNTER_STATE} INTO taken_nano_usd, taken_tokens, v_state`;

/**
 * The items, parallel arrays in the order of locking: a counter, its start (or, for a sliding window, the length of its parts), and
 * how much may be taken in it already for the call to pass; NULL where that does not matter. They hold for instants from `p_from` to
 * before `p_until`. `p_maker` is the same for all tries of one call: by it, a call whose answer was lost knows its own hold (`is_own`),
 * and one that was given up (`abandon`) holds nothing when it arrives late.
 *
 * Outcomes: `stale`, other budgets than those handed in; `window`, now lies outside; `found`, the request is reserved, as told;
 * `settled`, it has a record; `refused`; `reserved`. TL001: another process has come between; nothing was changed.
 */
const RESERVE_FUNCTION = `
CREATE OR REPLACE FUNCTION @schema@.reserve(
  p_revision bigint, p_from bigint, p_until bigint,
  p_digest uuid, p_attempt bigint, p_call text, p_nano_usd bigint, p_tokens bigint, p_ttl_ms bigint, p_dispatched boolean,
  p_maker uuid, p_durable boolean, p_wait_ms integer,
  p_budgets integer[], p_values text[], p_starts bigint[], p_part_ms bigint[], p_room_nano_usd bigint[], p_room_tokens bigint[],
  OUT outcome text, OUT at_ms bigint, OUT states text,
  OUT found_call text, OUT found_nano_usd bigint, OUT found_dispatched boolean, OUT found_reserved_ms bigint, OUT found_expires_ms bigint,
  OUT found_external_id text, OUT is_own boolean
) LANGUAGE plpgsql AS $$
DECLARE
  n integer := coalesce(array_length(p_budgets, 1), 0);
  starts bigint[] := p_starts;
  v_revision bigint;
  is_settled boolean;
  is_open boolean;
  taken_nano_usd bigint;
  taken_tokens bigint;
  v_state text;
BEGIN
  PERFORM @schema@.wait_at_most(p_wait_ms);
  LOCK TABLE @schema@.budgets IN ROW SHARE MODE;
  SELECT (SELECT value FROM @schema@.settings WHERE name = 'budgets_revision') + (SELECT value FROM @schema@.settings WHERE name = 'names_revision'),
      floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
      EXISTS (SELECT FROM @schema@.identities WHERE digest = p_digest AND attempt = p_attempt),
      EXISTS (SELECT FROM @schema@.reservations WHERE digest = p_digest AND attempt = p_attempt AND state = 'open')
    INTO v_revision, at_ms, is_settled, is_open;
  IF p_revision <> v_revision THEN outcome := 'stale'; RETURN; END IF;
  IF at_ms < p_from OR at_ms >= p_until THEN outcome := 'window'; RETURN; END IF;
  IF is_settled THEN outcome := 'settled'; RETURN; END IF;

  -- Looked at without a lock first: a refusal is to cost no write.
  FOR i IN 1..n LOOP
    IF p_part_ms[i] IS NULL THEN
      SELECT used_nano_usd + reserved_nano_usd, used_tokens + reserved_tokens, ${COUNTER_STATE} INTO taken_nano_usd, taken_tokens, v_state
        FROM @schema@.budget_counters WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = starts[i];
    ELSE
      starts[i] := at_ms / p_part_ms[i] * p_part_ms[i];
      SELECT s.taken_nano_usd, s.taken_tokens, s.state INTO taken_nano_usd, taken_tokens, v_state
        FROM @schema@.sliding_state(p_budgets[i], p_values[i], starts[i] - ${EARLIER_BUCKETS} * p_part_ms[i]) s;
    END IF;
    states := concat(states || ';', v_state);
    IF coalesce(taken_nano_usd, 0) > p_room_nano_usd[i] OR coalesce(taken_tokens, 0) > p_room_tokens[i] THEN outcome := 'refused'; END IF;
  END LOOP;
  IF is_open THEN
    outcome := 'found';
    IF p_dispatched THEN
      PERFORM @schema@.commit_durably();
      UPDATE @schema@.reservations SET dispatched = true WHERE digest = p_digest AND attempt = p_attempt AND state = 'open' AND NOT dispatched;
    END IF;
    SELECT call, nano_usd, dispatched, reserved_ms, expires_ms, external_id, coalesce(maker = p_maker, false)
      INTO found_call, found_nano_usd, found_dispatched, found_reserved_ms, found_expires_ms, found_external_id, is_own
      FROM @schema@.reservations WHERE digest = p_digest AND attempt = p_attempt AND state = 'open';
    IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = 'the reservation has just ended'; END IF;
  END IF;
  IF outcome IS NOT NULL THEN RETURN; END IF;

  INSERT INTO @schema@.reservations AS r (
      digest, attempt, state, call, nano_usd, tokens, dispatched, reserved_ms, expires_ms, held_budgets, held_values, held_starts, maker
    ) VALUES (p_digest, p_attempt, 'open', p_call, p_nano_usd, p_tokens, p_dispatched, at_ms, at_ms + p_ttl_ms, p_budgets, p_values, starts, p_maker)
    ON CONFLICT (digest, attempt) DO UPDATE SET
      state = 'open', call = excluded.call, nano_usd = excluded.nano_usd, tokens = excluded.tokens, dispatched = excluded.dispatched,
      reserved_ms = excluded.reserved_ms, expires_ms = excluded.expires_ms, ended_ms = NULL,
      held_budgets = excluded.held_budgets, held_values = excluded.held_values, held_starts = excluded.held_starts,
      external_id = NULL, external_digest = NULL, maker = excluded.maker
    WHERE r.state <> 'open' AND r.maker IS DISTINCT FROM p_maker;
  IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = 'the request has just been reserved'; END IF;
  -- A reservation that a crash of the server forgets is a call that holds nothing; whoever can't have that says so.
  IF p_durable THEN PERFORM @schema@.commit_durably(); ELSE PERFORM set_config('synchronous_commit', 'off', true); END IF;

  states := NULL;
  FOR i IN 1..n LOOP
    IF p_part_ms[i] IS NULL THEN
      ${HOLD};
      IF NOT FOUND THEN
        INSERT INTO @schema@.budget_counters (budget, value, start_ms) VALUES (p_budgets[i], p_values[i], starts[i]) ON CONFLICT DO NOTHING;
        ${HOLD};
      END IF;
    ELSE
      -- Whoever adds to a sliding window waits at its gate, and sees all that was added before.
      PERFORM FROM @schema@.budget_counters WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = -1 FOR UPDATE;
      IF NOT FOUND THEN
        INSERT INTO @schema@.budget_counters (budget, value, start_ms) VALUES (p_budgets[i], p_values[i], -1) ON CONFLICT DO NOTHING;
        PERFORM FROM @schema@.budget_counters WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = -1 FOR UPDATE;
      END IF;
      INSERT INTO @schema@.budget_counters AS b (budget, value, start_ms, reserved_nano_usd, reserved_tokens)
        VALUES (p_budgets[i], p_values[i], starts[i], p_nano_usd, p_tokens)
        ON CONFLICT (budget, value, start_ms) DO UPDATE SET
          reserved_nano_usd = b.reserved_nano_usd + excluded.reserved_nano_usd, reserved_tokens = b.reserved_tokens + excluded.reserved_tokens;
      SELECT s.taken_nano_usd, s.taken_tokens, s.state INTO taken_nano_usd, taken_tokens, v_state
        FROM @schema@.sliding_state(p_budgets[i], p_values[i], starts[i] - ${EARLIER_BUCKETS} * p_part_ms[i]) s;
    END IF;
    IF taken_nano_usd - p_nano_usd > p_room_nano_usd[i] OR taken_tokens - p_tokens > p_room_tokens[i] THEN
      RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = 'another call has just taken the room';
    END IF;
    states := concat(states || ';', v_state);
  END LOOP;
  outcome := 'reserved';
END $$;
`;

export const RESERVE: string = SLIDING_STATE + RESERVE_FUNCTION;
