-- I3: lots, and what has no day, minus debt are what is available, of whoever has an entry from $3 on.
WITH touched AS (
    SELECT DISTINCT customer_id FROM entries WHERE merchant_id = $1 AND posting_id >= $3::uuid AND customer_id IS NOT NULL AND $3 <> '00000000-0000-0000-0000-000000000000'
), held AS (
    SELECT customer_id, sum(remaining) AS remaining
    FROM spendable
    LEFT JOIN touched USING (customer_id)
    WHERE merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR touched.customer_id IS NOT NULL)
    GROUP BY customer_id
), compared AS (
    SELECT
        customer_id,
        coalesce(held.remaining, 0) AS lots,
        coalesce(balance.debt, 0) AS debt,
        coalesce(balance.available, 0) AS available
    FROM (
        SELECT balances.*
        FROM balances
        LEFT JOIN touched USING (customer_id)
        WHERE merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR touched.customer_id IS NOT NULL)
    ) AS balance
    FULL JOIN held USING (customer_id)
), wrong AS (
    SELECT * FROM compared WHERE lots - debt <> available
)
SELECT
    (SELECT count(*) FROM compared),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object(
            'subject', 'customer ' || customer_id,
            'detail', format('lots %s, debt %s, available %s', lots, debt, available)))
        FROM (SELECT * FROM wrong ORDER BY customer_id LIMIT $2) AS first
    )
