-- Uses the vouchers of these merchants ($1) with these codes ($2) in these purchases ($3, the nil UUID for none) at $4, those
-- that can still be used, and fulfils the redemptions behind them; $5, $6 and $7 say who used them. Tells how many there were.
--
-- Vouchers are locked in the order of their codes, and read again once they are: of all who try, one finds it unused.
WITH asked AS (
    SELECT merchant_id, code, nullif(purchase_id, '00000000-0000-0000-0000-000000000000') AS purchase_id
    FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS asked (merchant_id, code, purchase_id)
), mine AS MATERIALIZED (
    SELECT v.merchant_id, v.id, v.redemption_id, asked.purchase_id
    FROM asked
    JOIN vouchers AS v ON v.merchant_id = asked.merchant_id AND v.code = asked.code
    WHERE v.state = 'issued' AND (v.expires_at IS NULL OR v.expires_at > $4)
    ORDER BY v.merchant_id, v.code
    FOR NO KEY UPDATE OF v
), used AS (
    UPDATE vouchers AS v
    SET state = 'used', purchase_id = mine.purchase_id, used_at = $4, used_by = $7, changed_at = $4
    FROM mine
    WHERE v.merchant_id = mine.merchant_id AND v.id = mine.id
), fulfilled AS (
    UPDATE redemptions AS r
    SET state = 'fulfilled', changed_at = $4
    FROM mine
    WHERE r.merchant_id = mine.merchant_id
      AND r.id = mine.redemption_id
      AND r.state IN ('captured', 'preparing', 'shipped')
    RETURNING r.merchant_id, r.id, r.round
), step AS (
    INSERT INTO redemption_steps (merchant_id, redemption_id, round, state, at, actor, actor_id, actor_name)
    SELECT merchant_id, id, round, 'fulfilled', $4, $5, $6, $7
    FROM fulfilled
)
SELECT count(*) AS used FROM mine
