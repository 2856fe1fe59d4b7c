-- What customer $2 of merchant $1 has bought and claimed is $3's, and so is what was returned of it and what of it waits, which
-- are found by the purchase. Tells how many purchases.
WITH bought AS (
    UPDATE purchases SET customer_id = $3 WHERE merchant_id = $1 AND customer_id = $2
    RETURNING id
), claimed AS (
    UPDATE claims SET customer_id = $3 WHERE merchant_id = $1 AND customer_id = $2
    RETURNING purchase_id
), mine AS MATERIALIZED (
    SELECT id FROM bought
    UNION ALL
    SELECT purchase_id FROM claimed
), returned AS (
    UPDATE returns AS r SET customer_id = $3
    FROM mine
    WHERE r.merchant_id = $1 AND r.purchase_id = mine.id AND r.customer_id = $2
), waiting AS (
    UPDATE pending_points AS w SET customer_id = $3
    FROM mine
    WHERE w.merchant_id = $1 AND w.purchase_id = mine.id AND w.customer_id = $2
)
SELECT count(*) AS purchases FROM mine
