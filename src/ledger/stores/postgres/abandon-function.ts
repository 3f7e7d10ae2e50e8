/** Taking back a reservation of which nobody knows whether it was made, as a function in the database. */

/**
 * Ends the reservation that this maker's call made, whether it is there already or arrives later: a row that has ended and bears its
 * maker is not opened by it any more. What it was is remembered as lapsed, so that whoever took it for his own can settle all the same.
 */
export const ABANDON: string = `
CREATE OR REPLACE FUNCTION @schema@.abandon(p_digest uuid, p_attempt bigint, p_maker uuid, p_call text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r @schema@.reservations;
  v_now bigint := @schema@.now_ms();
BEGIN
  LOCK TABLE @schema@.budgets IN ROW SHARE MODE;
  INSERT INTO @schema@.reservations (
      digest, attempt, state, call, nano_usd, tokens, dispatched, reserved_ms, expires_ms, ended_ms, held_budgets, held_values, held_starts, maker
    ) VALUES (p_digest, p_attempt, 'lapsed', p_call, 0, 0, false, v_now, v_now, v_now, '{}', '{}', '{}', p_maker) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN; END IF;
  SELECT * INTO r FROM @schema@.reservations WHERE digest = p_digest AND attempt = p_attempt FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF r.state <> 'open' THEN
    UPDATE @schema@.reservations SET maker = p_maker WHERE digest = p_digest AND attempt = p_attempt;
  ELSIF r.maker = p_maker THEN
    UPDATE @schema@.reservations SET state = 'lapsed', ended_ms = v_now, held_budgets = '{}', held_values = '{}', held_starts = '{}',
        external_id = NULL, external_digest = NULL
      WHERE digest = p_digest AND attempt = p_attempt;
    PERFORM @schema@.give_back(r);
  END IF;
END $$;
`;
