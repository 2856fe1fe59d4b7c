-- I5: the row of every purchase, from $3 on, is complete and adds up, so that its first answer can be given again.
WITH purchase AS (
    SELECT
        id,
        CASE
            WHEN (
                SELECT coalesce(sum((line ->> 'points')::bigint), 0) FROM json_array_elements(lines) AS line
            ) + (
                SELECT coalesce(sum((award ->> 'points')::bigint), 0) FROM json_array_elements(applied) AS award
            ) <> coalesce(claimable, points) THEN 'lines and awards do not add up to the points'
            WHEN status = 'credited' AND (customer_id IS NULL OR balance_points IS NULL OR balance_pending IS NULL) THEN 'credited without a customer or a balance'
            WHEN status = 'unclaimed' AND (points <> 0 OR claimable IS NULL OR claim_code IS NULL) THEN 'unclaimed without what a claim needs'
            WHEN status = 'unclaimed' AND NOT EXISTS (
                SELECT FROM claims AS claim
                WHERE claim.merchant_id = $1 AND claim.code = purchases.claim_code AND claim.purchase_id = purchases.id
            ) THEN 'its claim code leads nowhere'
        END AS fault
    FROM purchases
    WHERE merchant_id = $1 AND id >= $3::uuid
), wrong AS (
    SELECT * FROM purchase WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM purchase),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', 'purchase ' || id, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY id LIMIT $2) AS first
    )
