-- What customer $2 of merchant $1 has done counts for customer $3, by day. Whose purchases they were are $3's by now, and the
-- balances of both are locked.
WITH mine AS MATERIALIZED (
    SELECT p.id FROM purchases AS p WHERE p.merchant_id = $1 AND p.customer_id = $3
    UNION ALL
    SELECT c.purchase_id FROM claims AS c WHERE c.merchant_id = $1 AND c.customer_id = $3
), counted AS (
    UPDATE tier_counted AS t SET customer_id = $3
    FROM mine
    WHERE t.merchant_id = $1 AND t.purchase_id = mine.id AND t.customer_id = $2
), gone AS (
    DELETE FROM tier_activity WHERE merchant_id = $1 AND customer_id = $2
    RETURNING day, points, spend, purchases
)
INSERT INTO tier_activity AS a (merchant_id, customer_id, day, points, spend, purchases)
SELECT $1, $3, day, points, spend, purchases
FROM gone
ORDER BY day
ON CONFLICT (merchant_id, customer_id, day) DO UPDATE SET
    points    = a.points + excluded.points,
    spend     = a.spend + excluded.spend,
    purchases = a.purchases + excluded.purchases
