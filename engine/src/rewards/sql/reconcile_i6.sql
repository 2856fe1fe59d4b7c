-- I6 of rewards: no stock is below zero; that of a pool is the number of its free codes; what a customer holds is on the
-- reserved account; and nobody has had more of a reward than its limit ever allowed.
WITH stock AS (
    SELECT
        'reward ' || r.id AS subject,
        CASE
            WHEN r.stock < 0 THEN format('%s are left', r.stock)
            WHEN r.kind = 'voucher_pool' AND r.stock <> c.free THEN format('%s are left, %s codes are free', r.stock, c.free)
        END AS fault
    FROM rewards AS r
    CROSS JOIN LATERAL (
        SELECT count(*) AS free
        FROM reward_codes AS c
        WHERE c.merchant_id = r.merchant_id AND c.reward_id = r.id AND c.state = 'free' AND r.kind = 'voucher_pool'
    ) AS c
    WHERE r.merchant_id = $1
), held AS (
    SELECT
        'customer ' || customer_id AS subject,
        CASE WHEN coalesce(h.points, 0) <> coalesce(b.reserved, 0)
             THEN format('open redemptions hold %s points, reserved are %s', coalesce(h.points, 0), coalesce(b.reserved, 0)) END AS fault
    FROM (
        SELECT customer_id, sum(points) AS points
        FROM redemptions
        WHERE merchant_id = $1 AND state = 'reserved'
        GROUP BY customer_id
    ) AS h
    FULL JOIN (SELECT customer_id, reserved FROM balances WHERE merchant_id = $1 AND reserved <> 0) AS b USING (customer_id)
), limited AS (
    SELECT
        'customer ' || customer_id AS subject,
        CASE WHEN count(*) > max((terms ->> 'limit_per_customer')::bigint)
             THEN format('had reward %s %s times, at most %s are allowed',
                         reward_id, count(*), max((terms ->> 'limit_per_customer')::bigint)) END AS fault
    -- By the id under which it was taken: a merge may bring more together than one customer could take.
    FROM (SELECT coalesce(taken_as, customer_id) AS customer_id, reward_id, terms, state FROM redemptions WHERE merchant_id = $1) AS taken
    WHERE state NOT IN ('released', 'cancelled', 'reversed')
    GROUP BY customer_id, reward_id
    HAVING bool_and(terms ? 'limit_per_customer')
), looked AS (
    SELECT * FROM stock UNION ALL SELECT * FROM held UNION ALL SELECT * FROM limited
), wrong AS (
    SELECT * FROM looked WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM looked),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject LIMIT $2) AS first
    )
