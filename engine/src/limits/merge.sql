-- What promotions gave customer $2 of merchant $1 counts for customer $3, by period, and so does what they carry over. Whose
-- purchases they were are $3's by now, and the balances of both are locked.
WITH mine AS MATERIALIZED (
    SELECT p.id FROM purchases AS p WHERE p.merchant_id = $1 AND p.customer_id = $3
    UNION ALL
    SELECT c.purchase_id FROM claims AS c WHERE c.merchant_id = $1 AND c.customer_id = $3
), booking AS (
    UPDATE promotion_bookings AS b SET customer_id = $3
    FROM mine
    WHERE b.merchant_id = $1 AND b.purchase_id = mine.id AND b.customer_id = $2
), kept AS (
    DELETE FROM carried_remainders WHERE merchant_id = $1 AND customer_id = $2
    RETURNING promotion_id, remainder
), carried AS (
    INSERT INTO carried_remainders AS c (merchant_id, customer_id, promotion_id, remainder)
    SELECT $1, $3, promotion_id, remainder
    FROM kept
    ORDER BY promotion_id
    ON CONFLICT (merchant_id, customer_id, promotion_id) DO UPDATE SET remainder = c.remainder + excluded.remainder
), gone AS (
    DELETE FROM promotion_uses WHERE merchant_id = $1 AND customer_id = $2
    RETURNING promotion_id, period, begins_on, used
)
INSERT INTO promotion_uses AS u (merchant_id, customer_id, promotion_id, period, begins_on, used)
SELECT $1, $3, promotion_id, period, begins_on, used
FROM gone
ORDER BY promotion_id, period, begins_on
ON CONFLICT (merchant_id, customer_id, promotion_id, period, begins_on) DO UPDATE SET used = u.used + excluded.used
