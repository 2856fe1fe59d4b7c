-- What promotions have given so far: to one customer in a period ($3..$5), and to all customers together ($6). It is only
-- looked at, so that nothing is locked.
SELECT u.promotion_id, false AS is_budget, u.used
FROM unnest($3::uuid[], $4::text[], $5::date[]) AS asked (promotion_id, period, begins_on)
CROSS JOIN LATERAL (
    SELECT u.promotion_id, u.used
    FROM promotion_uses AS u
    WHERE u.merchant_id = $1
      AND u.customer_id = $2
      AND u.promotion_id = asked.promotion_id
      AND u.period = asked.period
      AND u.begins_on = asked.begins_on
    LIMIT 1
) AS u
UNION ALL
SELECT b.promotion_id, true, b.used
FROM promotion_budgets AS b
WHERE b.merchant_id = $1
  AND b.promotion_id = ANY ($6::uuid[])
