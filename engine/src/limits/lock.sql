-- What promotions have given so far: to customers in a period ($1..$5), and to all of them together ($6, $7). Each with
-- the place of its question.
--
-- The customers' balances are locked by now, and with them what they have had: it is only read. The budgets are locked
-- one after the other as they are asked for, which is in key order; nothing is locked after them.
WITH budget AS MATERIALIZED (
    SELECT asked.place, b.used
    FROM unnest($6::uuid[], $7::uuid[]) WITH ORDINALITY AS asked (merchant_id, promotion_id, place)
    CROSS JOIN LATERAL (
        SELECT b.used
        FROM promotion_budgets AS b
        WHERE b.merchant_id = asked.merchant_id
          AND b.promotion_id = asked.promotion_id
        LIMIT 1
        FOR UPDATE
    ) AS b
)
SELECT false AS is_budget, asked.place, u.used
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::date[]) WITH ORDINALITY
     AS asked (merchant_id, customer_id, promotion_id, period, begins_on, place)
CROSS JOIN LATERAL (
    SELECT u.used
    FROM promotion_uses AS u
    WHERE u.merchant_id = asked.merchant_id
      AND u.customer_id = asked.customer_id
      AND u.promotion_id = asked.promotion_id
      AND u.period = asked.period
      AND u.begins_on = asked.begins_on
    LIMIT 1
) AS u
UNION ALL
SELECT true, place, used
FROM budget
