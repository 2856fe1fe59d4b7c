-- Counts these purchases ($2) of merchant $1, whose zone is $3, as they are by now: what each earned, what was paid for it
-- and that it was one, less what was returned of it. Vouchers, points and cashback pay nothing. Those of nobody count when they are claimed. Either the balances of the customers are locked,
-- or the ladder is held alone: nobody else can be counting the same.
WITH truth AS MATERIALIZED (
    SELECT
        p.id,
        coalesce(p.customer_id, c.customer_id) AS customer_id,
        (p.occurred_at AT TIME ZONE $3)::date AS day,
        coalesce(c.points, p.points) - back.points AS points,
        coalesce((p.tenders ->> 'paid')::bigint, p.amount) - coalesce(went.paid_back, 0) AS spend,
        CASE WHEN went.complete THEN 0 ELSE 1 END AS purchases
    FROM unnest($2::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT p.id, p.customer_id, p.occurred_at, p.points, p.amount, p.tenders
        FROM purchases AS p
        WHERE p.merchant_id = $1 AND p.id = asked.id
        LIMIT 1
    ) AS p
    LEFT JOIN LATERAL (
        SELECT c.customer_id, c.points
        FROM claims AS c
        WHERE c.merchant_id = $1 AND c.purchase_id = asked.id AND c.customer_id IS NOT NULL
        LIMIT 1
    ) AS c ON true
    LEFT JOIN LATERAL (
        SELECT s.state FROM return_states AS s WHERE s.merchant_id = $1 AND s.purchase_id = asked.id LIMIT 1
    ) AS s ON true
    CROSS JOIN LATERAL (
        SELECT
            (coalesce((
                SELECT sum(applied.value::bigint)
                FROM jsonb_array_elements(s.state -> 'lines') AS line,
                     jsonb_array_elements_text(line.value -> 'applied') AS applied
            ), 0) + coalesce((
                SELECT sum(flat.value::bigint) FROM jsonb_array_elements_text(s.state -> 'flat') AS flat
            ), 0))::bigint AS points
    ) AS back
    CROSS JOIN LATERAL (
        SELECT sum(coalesce(r.paid_back, r.amount))::bigint AS paid_back, bool_or(r.complete) AS complete
        FROM returns AS r
        WHERE s.state IS NOT NULL AND r.merchant_id = $1 AND r.purchase_id = asked.id
    ) AS went
    WHERE coalesce(p.customer_id, c.customer_id) IS NOT NULL
), before AS MATERIALIZED (
    SELECT t.purchase_id, t.day, t.points, t.spend, t.purchases
    FROM truth
    CROSS JOIN LATERAL (
        SELECT * FROM tier_counted AS t WHERE t.merchant_id = $1 AND t.purchase_id = truth.id LIMIT 1
    ) AS t
), counted AS (
    -- A purchase stays on the day that it was first counted on, whatever becomes of the merchant's zone.
    INSERT INTO tier_counted (merchant_id, purchase_id, customer_id, day, points, spend, purchases)
    SELECT $1, id, customer_id, day, points, spend, purchases
    FROM truth
    ON CONFLICT (merchant_id, purchase_id) DO UPDATE SET
        points = excluded.points, spend = excluded.spend, purchases = excluded.purchases
), delta AS MATERIALIZED (
    SELECT
        truth.customer_id,
        coalesce(before.day, truth.day) AS day,
        sum(truth.points - coalesce(before.points, 0))::bigint AS points,
        sum(truth.spend - coalesce(before.spend, 0))::bigint AS spend,
        sum(truth.purchases - coalesce(before.purchases, 0))::bigint AS purchases
    FROM truth
    LEFT JOIN before ON before.purchase_id = truth.id
    GROUP BY 1, 2
)
INSERT INTO tier_activity (merchant_id, customer_id, day, points, spend, purchases)
SELECT
    $1, delta.customer_id, delta.day,
    coalesce(present.points, 0) + delta.points,
    coalesce(present.spend, 0) + delta.spend,
    coalesce(present.purchases, 0) + delta.purchases
FROM delta
LEFT JOIN LATERAL (
    SELECT a.points, a.spend, a.purchases
    FROM tier_activity AS a
    WHERE a.merchant_id = $1 AND a.customer_id = delta.customer_id AND a.day = delta.day
    LIMIT 1
) AS present ON true
ORDER BY delta.customer_id, delta.day
ON CONFLICT (merchant_id, customer_id, day) DO UPDATE SET
    points = excluded.points, spend = excluded.spend, purchases = excluded.purchases
