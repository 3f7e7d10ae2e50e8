/** Making a hold another one, as a function in the database. */
import { EARLIER_BUCKETS } from "../../../budget/index.ts";
import { COUNTER_STATE } from "./reserve-function.ts";

/** What others use and hold in a counter, and how it stands without the reservation's own hold. */
const OTHERS_IN_CALENDAR = COUNTER_STATE.replace("reserved_nano_usd", "reserved_nano_usd - r.nano_usd").replace(
  "reserved_tokens",
  "reserved_tokens - r.tokens",
);

/**
 * Of every budget that there is, parallel arrays: the length of a sliding window's parts (NULL: a calendar's), and how much others may
 * have taken for the new whole to pass; NULL where that does not matter. They hold for instants from `p_from` to before `p_until`.
 * `p_nano_usd` NULL: only the time changes. What does not grow on an axis is not asked for room on it.
 *
 * Outcomes: `stale`, other budgets than those handed in; `window`, now lies outside; `ended`, nobody holds anything; `refused`, the
 * states are without the reservation's own hold; `extended`. TL001: another process has come between; nothing was changed.
 */
export const EXTEND: string = `
CREATE OR REPLACE FUNCTION @schema@.extend(
  p_revision bigint, p_from bigint, p_until bigint, p_digest uuid, p_attempt bigint,
  p_nano_usd bigint, p_input_tokens bigint, p_output_tokens bigint, p_ttl_ms bigint,
  p_wait_ms integer, b_ids integer[], b_part_ms bigint[], b_room_nano_usd bigint[], b_room_tokens bigint[],
  OUT outcome text, OUT at_ms bigint, OUT states text, OUT holds text, OUT held_nano_usd bigint, OUT held_tokens bigint,
  OUT found_call text, OUT found_nano_usd bigint, OUT found_dispatched boolean, OUT found_reserved_ms bigint, OUT found_expires_ms bigint,
  OUT found_external_id text
) LANGUAGE plpgsql AS $$
DECLARE
  r @schema@.reservations;
  n integer;
  b integer;
  v_nano_usd bigint;
  v_tokens bigint;
  v_first bigint;
  is_own boolean;
  taken_nano_usd bigint;
  taken_tokens bigint;
  v_state text;
BEGIN
  PERFORM @schema@.wait_at_most(p_wait_ms);
  LOCK TABLE @schema@.budgets IN ROW SHARE MODE;
  at_ms := @schema@.now_ms();
  IF p_revision <> @schema@.budgets_revision() THEN outcome := 'stale'; RETURN; END IF;
  IF at_ms < p_from OR at_ms >= p_until THEN outcome := 'window'; RETURN; END IF;
  SELECT * INTO r FROM @schema@.reservations WHERE digest = p_digest AND attempt = p_attempt AND state = 'open' FOR UPDATE;
  IF NOT FOUND THEN outcome := 'ended'; RETURN; END IF;
  n := coalesce(array_length(r.held_budgets, 1), 0);
  v_nano_usd := coalesce(p_nano_usd, r.nano_usd);
  v_tokens := CASE WHEN p_nano_usd IS NULL THEN r.tokens ELSE p_input_tokens + p_output_tokens END;
  held_nano_usd := r.nano_usd;
  held_tokens := r.tokens;
  holds := json_build_array(r.held_budgets, r.held_values, r.held_starts);
  found_call := r.call;

  -- Looked at without a lock first: a refusal tells how all of them stand.
  FOR i IN 1..n LOOP
    b := array_position(b_ids, r.held_budgets[i]);
    IF b_part_ms[b] IS NULL THEN
      SELECT used_nano_usd + reserved_nano_usd - r.nano_usd, used_tokens + reserved_tokens - r.tokens, ${OTHERS_IN_CALENDAR}
        INTO taken_nano_usd, taken_tokens, v_state
        FROM @schema@.budget_counters WHERE budget = r.held_budgets[i] AND value = r.held_values[i] AND start_ms = r.held_starts[i];
    ELSE
      v_first := at_ms / b_part_ms[b] * b_part_ms[b] - ${EARLIER_BUCKETS} * b_part_ms[b];
      is_own := r.held_starts[i] >= greatest(v_first, 0);
      SELECT s.taken_nano_usd - CASE WHEN is_own THEN r.nano_usd ELSE 0 END, s.taken_tokens - CASE WHEN is_own THEN r.tokens ELSE 0 END, s.state
        INTO taken_nano_usd, taken_tokens, v_state
        FROM @schema@.sliding_state(r.held_budgets[i], r.held_values[i], v_first) s;
    END IF;
    states := concat(states || ';', v_state);
    IF v_nano_usd > r.nano_usd AND taken_nano_usd > b_room_nano_usd[b] OR v_tokens > r.tokens AND taken_tokens > b_room_tokens[b] THEN
      outcome := 'refused';
    END IF;
  END LOOP;
  IF outcome IS NOT NULL THEN RETURN; END IF;

  UPDATE @schema@.reservations u SET nano_usd = v_nano_usd, tokens = v_tokens,
      call = CASE WHEN p_nano_usd IS NULL THEN u.call ELSE regexp_replace(u.call, '"inputTokens":[0-9]+,"outputTokens":[0-9]+\\}$',
        '"inputTokens":' || p_input_tokens || ',"outputTokens":' || p_output_tokens || '}') END,
      expires_ms = CASE WHEN p_ttl_ms IS NULL THEN u.expires_ms ELSE at_ms + p_ttl_ms END
    WHERE digest = p_digest AND attempt = p_attempt
    RETURNING u.call, u.nano_usd, u.dispatched, u.reserved_ms, u.expires_ms, u.external_id
    INTO found_call, found_nano_usd, found_dispatched, found_reserved_ms, found_expires_ms, found_external_id;
  states := NULL;
  FOR i IN 1..n LOOP
    b := array_position(b_ids, r.held_budgets[i]);
    -- Whoever adds to a sliding window waits at its gate, and sees all that was added before.
    IF b_part_ms[b] IS NOT NULL THEN
      PERFORM FROM @schema@.budget_counters WHERE budget = r.held_budgets[i] AND value = r.held_values[i] AND start_ms = -1 FOR UPDATE;
    END IF;
    UPDATE @schema@.budget_counters
      SET reserved_nano_usd = reserved_nano_usd + v_nano_usd - r.nano_usd, reserved_tokens = reserved_tokens + v_tokens - r.tokens
      WHERE budget = r.held_budgets[i] AND value = r.held_values[i] AND start_ms = r.held_starts[i]
      RETURNING used_nano_usd + reserved_nano_usd - v_nano_usd, used_tokens + reserved_tokens - v_tokens, ${COUNTER_STATE}
      INTO taken_nano_usd, taken_tokens, v_state;
    IF b_part_ms[b] IS NOT NULL THEN
      v_first := at_ms / b_part_ms[b] * b_part_ms[b] - ${EARLIER_BUCKETS} * b_part_ms[b];
      is_own := r.held_starts[i] >= greatest(v_first, 0);
      SELECT s.taken_nano_usd - CASE WHEN is_own THEN v_nano_usd ELSE 0 END, s.taken_tokens - CASE WHEN is_own THEN v_tokens ELSE 0 END, s.state
        INTO taken_nano_usd, taken_tokens, v_state
        FROM @schema@.sliding_state(r.held_budgets[i], r.held_values[i], v_first) s;
    END IF;
    IF v_nano_usd > r.nano_usd AND taken_nano_usd > b_room_nano_usd[b] OR v_tokens > r.tokens AND taken_tokens > b_room_tokens[b] THEN
      RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = 'another call has just taken the room';
    END IF;
    states := concat(states || ';', v_state);
  END LOOP;
  PERFORM set_config('synchronous_commit', 'off', true);
  outcome := 'extended';
END $$;
`;
