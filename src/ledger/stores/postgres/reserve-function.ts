/** Reserving, as a function in the database. */

/**
 * How a counter stands, written as `used,reserved,used tokens,reserved tokens,requests,overage`, and for a sliding window (`p_part_ms`
 * is set) its parts behind `|` as `start:money:tokens`. What lies later than now counts too: a clock that was put back frees nothing.
 */
const COUNTER_STATE = `
CREATE OR REPLACE FUNCTION @schema@.counter_state(
  p_budget integer, p_value text, p_start bigint, p_part_ms bigint,
  OUT taken_nano_usd bigint, OUT taken_tokens bigint, OUT state text
) LANGUAGE plpgsql STABLE AS $$
DECLARE c record; parts text := '';
BEGIN
  IF p_part_ms IS NULL THEN
    SELECT used_nano_usd, reserved_nano_usd, used_tokens, reserved_tokens, requests, overage_nano_usd INTO c
      FROM budget_counters WHERE budget = p_budget AND value = p_value AND start_ms = p_start;
  ELSE
    SELECT sum(used_nano_usd)::bigint AS used_nano_usd, sum(reserved_nano_usd)::bigint AS reserved_nano_usd,
        sum(used_tokens)::bigint AS used_tokens, sum(reserved_tokens)::bigint AS reserved_tokens,
        sum(requests)::bigint AS requests, sum(overage_nano_usd)::bigint AS overage_nano_usd,
        string_agg(concat_ws(':', start_ms, used_nano_usd + reserved_nano_usd, used_tokens + reserved_tokens), '|' ORDER BY start_ms) AS parts
      INTO c FROM budget_counters WHERE budget = p_budget AND value = p_value AND start_ms >= p_start - 60 * p_part_ms AND start_ms >= 0;
    parts := coalesce('|' || c.parts, '');
  END IF;
  taken_nano_usd := coalesce(c.used_nano_usd + c.reserved_nano_usd, 0);
  taken_tokens := coalesce(c.used_tokens + c.reserved_tokens, 0);
  state := coalesce(concat_ws(',', c.used_nano_usd, c.reserved_nano_usd, c.used_tokens, c.reserved_tokens, c.requests, c.overage_nano_usd), '') || parts;
END $$;
`;

/**
 * The items, parallel arrays in the order of locking: a counter, its start (or, for a sliding window, the length of its parts), and
 * how much may be taken in it already for the call to pass; NULL where that does not matter. They hold for instants from `p_from` to
 * before `p_until`.
 *
 * Outcomes: `stale`, other budgets than those handed in; `window`, now lies outside; `found`, the request is reserved; `settled`, it
 * has a record; `refused`; `reserved`. TL001: another process has come between; nothing was changed.
 */
const RESERVE_FUNCTION = `
CREATE OR REPLACE FUNCTION @schema@.reserve(
  p_revision bigint, p_from bigint, p_until bigint,
  p_digest uuid, p_attempt bigint, p_call text, p_nano_usd bigint, p_tokens bigint, p_ttl_ms bigint, p_dispatched boolean,
  p_budgets integer[], p_values text[], p_starts bigint[], p_part_ms bigint[], p_room_nano_usd bigint[], p_room_tokens bigint[],
  OUT outcome text, OUT at_ms bigint, OUT states text[], OUT held reservations
) LANGUAGE plpgsql SET search_path = @schema@ AS $$
DECLARE
  n integer := coalesce(array_length(p_budgets, 1), 0);
  starts bigint[] := p_starts;
  c record;
BEGIN
  LOCK TABLE budgets IN ROW SHARE MODE;
  at_ms := now_ms();
  IF p_revision <> budgets_revision() THEN outcome := 'stale'; RETURN; END IF;
  IF at_ms < p_from OR at_ms >= p_until THEN outcome := 'window'; RETURN; END IF;
  FOR i IN 1..n LOOP
    IF p_part_ms[i] IS NOT NULL THEN starts[i] := at_ms / p_part_ms[i] * p_part_ms[i]; END IF;
  END LOOP;

  IF EXISTS (SELECT FROM identities WHERE digest = p_digest AND attempt = p_attempt) THEN outcome := 'settled'; RETURN; END IF;
  SELECT * INTO held FROM reservations WHERE digest = p_digest AND attempt = p_attempt AND state = 'open';
  IF FOUND THEN outcome := 'found'; END IF;
  -- Looked at without a lock first: a refusal is to cost no write.
  FOR i IN 1..n LOOP
    c := counter_state(p_budgets[i], p_values[i], starts[i], p_part_ms[i]);
    states[i] := c.state;
    IF outcome IS NULL AND (c.taken_nano_usd > p_room_nano_usd[i] OR c.taken_tokens > p_room_tokens[i]) THEN outcome := 'refused'; END IF;
  END LOOP;
  IF outcome = 'found' AND p_dispatched AND NOT held.dispatched THEN
    UPDATE reservations SET dispatched = true WHERE digest = p_digest AND attempt = p_attempt AND state = 'open';
    IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = 'the reservation has just ended'; END IF;
    held.dispatched := true;
  END IF;
  IF outcome IS NOT NULL THEN RETURN; END IF;

  held := ROW(p_digest, p_attempt, 'open', p_call, p_nano_usd, p_tokens, p_dispatched, at_ms, at_ms + p_ttl_ms, NULL, p_budgets, p_values, starts);
  INSERT INTO reservations AS r SELECT (held).*
    ON CONFLICT (digest, attempt) DO UPDATE SET
      state = 'open', call = excluded.call, nano_usd = excluded.nano_usd, tokens = excluded.tokens, dispatched = excluded.dispatched,
      reserved_ms = excluded.reserved_ms, expires_ms = excluded.expires_ms, ended_ms = NULL,
      held_budgets = excluded.held_budgets, held_values = excluded.held_values, held_starts = excluded.held_starts
    WHERE r.state <> 'open';
  IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = 'the request has just been reserved'; END IF;
  -- A reservation that a crash of the server forgets is a call that holds nothing; one that is charged when it expires must be kept.
  IF NOT p_dispatched THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;

  FOR i IN 1..n LOOP
    IF p_part_ms[i] IS NULL THEN
      UPDATE budget_counters SET reserved_nano_usd = reserved_nano_usd + p_nano_usd, reserved_tokens = reserved_tokens + p_tokens
        WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = starts[i]
        RETURNING used_nano_usd + reserved_nano_usd AS taken_nano_usd, used_tokens + reserved_tokens AS taken_tokens,
          concat_ws(',', used_nano_usd, reserved_nano_usd, used_tokens, reserved_tokens, requests, overage_nano_usd) AS state INTO c;
      IF NOT FOUND THEN
        INSERT INTO budget_counters (budget, value, start_ms) VALUES (p_budgets[i], p_values[i], starts[i]) ON CONFLICT DO NOTHING;
        UPDATE budget_counters SET reserved_nano_usd = reserved_nano_usd + p_nano_usd, reserved_tokens = reserved_tokens + p_tokens
          WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = starts[i]
          RETURNING used_nano_usd + reserved_nano_usd AS taken_nano_usd, used_tokens + reserved_tokens AS taken_tokens,
            concat_ws(',', used_nano_usd, reserved_nano_usd, used_tokens, reserved_tokens, requests, overage_nano_usd) AS state INTO c;
      END IF;
    ELSE
      -- Whoever adds to a sliding window waits at its gate, and sees all that was added before.
      PERFORM FROM budget_counters WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = -1 FOR UPDATE;
      IF NOT FOUND THEN
        INSERT INTO budget_counters (budget, value, start_ms) VALUES (p_budgets[i], p_values[i], -1) ON CONFLICT DO NOTHING;
        PERFORM FROM budget_counters WHERE budget = p_budgets[i] AND value = p_values[i] AND start_ms = -1 FOR UPDATE;
      END IF;
      INSERT INTO budget_counters AS b (budget, value, start_ms, reserved_nano_usd, reserved_tokens)
        VALUES (p_budgets[i], p_values[i], starts[i], p_nano_usd, p_tokens)
        ON CONFLICT (budget, value, start_ms) DO UPDATE SET
          reserved_nano_usd = b.reserved_nano_usd + excluded.reserved_nano_usd, reserved_tokens = b.reserved_tokens + excluded.reserved_tokens;
      SELECT * INTO c FROM counter_state(p_budgets[i], p_values[i], starts[i], p_part_ms[i]);
    END IF;
    IF c.taken_nano_usd - p_nano_usd > p_room_nano_usd[i] OR c.taken_tokens - p_tokens > p_room_tokens[i] THEN
      RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = 'another call has just taken the room';
    END IF;
    states[i] := c.state;
  END LOOP;
  outcome := 'reserved';
END $$;
`;

export const RESERVE: string = COUNTER_STATE + RESERVE_FUNCTION;
