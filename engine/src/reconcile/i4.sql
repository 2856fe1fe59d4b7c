-- I4: every key has exactly one purchase and every purchase its key; a purchase or claim, from $3 on, has exactly the entries that it
-- earned. Keys know no time: whether each has its purchase is asked when everything is looked at.
WITH keyed AS (
    SELECT purchase.id, CASE WHEN key.purchase_id IS DISTINCT FROM purchase.id THEN 'purchase without its key' END AS fault
    FROM purchases AS purchase
    LEFT JOIN purchase_keys AS key USING (merchant_id, retailer_id, transaction_id)
    WHERE merchant_id = $1 AND purchase.id >= $3::uuid
), keys AS (
    SELECT
        key.purchase_id AS id,
        CASE
            WHEN purchase.id IS NULL THEN 'key without its purchase'
            WHEN (key.retailer_id, key.transaction_id) <> (purchase.retailer_id, purchase.transaction_id) THEN 'key of another purchase'
        END AS fault
    FROM purchase_keys AS key
    LEFT JOIN purchases AS purchase ON purchase.merchant_id = key.merchant_id AND purchase.id = key.purchase_id
    WHERE key.merchant_id = $1 AND $3 = '00000000-0000-0000-0000-000000000000'
), earned AS (
    SELECT id AS posting_id, customer_id, points FROM purchases WHERE merchant_id = $1 AND id >= $3 AND points > 0
    UNION ALL
    SELECT id, customer_id, points FROM claims WHERE merchant_id = $1 AND id >= $3 AND points > 0
), posted AS (
    SELECT posting_id, (array_agg(customer_id))[1] AS customer_id, sum(amount) AS points, count(DISTINCT customer_id) AS customers
    FROM entries
    WHERE merchant_id = $1 AND posting_id >= $3 AND kind IN ('purchase', 'claim') AND customer_id IS NOT NULL
    GROUP BY posting_id
), credited AS (
    SELECT
        posting_id,
        CASE
            WHEN posted.points IS NULL THEN 'earned ' || earned.points || ' points, posted none'
            WHEN earned.points IS NULL THEN 'posted ' || posted.points || ' points, earned none'
            WHEN earned.points <> posted.points THEN 'earned ' || earned.points || ' points, posted ' || posted.points
            WHEN posted.customers <> 1 THEN 'posted to several customers'
            -- What was posted for an account that was merged since is the other's.
            WHEN earned.customer_id IS DISTINCT FROM posted.customer_id AND NOT EXISTS (
                SELECT FROM customers AS merged
                WHERE merged.merchant_id = $1 AND merged.id = posted.customer_id AND merged.merged_into = earned.customer_id
            ) THEN 'posted to another customer'
        END AS fault
    FROM earned FULL JOIN posted USING (posting_id)
), wrong AS (
    SELECT 'purchase ' || id AS subject, fault FROM keyed WHERE fault IS NOT NULL
    UNION ALL
    SELECT 'purchase ' || id, fault FROM keys WHERE fault IS NOT NULL
    UNION ALL
    SELECT 'posting ' || posting_id, fault FROM credited WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM keyed),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject LIMIT $2) AS first
    )
