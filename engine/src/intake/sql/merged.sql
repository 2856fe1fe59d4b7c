-- Who of these customers ($2) of these merchants ($1) was merged into another account, and into which.
SELECT c.merchant_id, c.id, c.merged_into
FROM customers AS c
WHERE c.merchant_id = ANY ($1::uuid[])
  AND c.id = ANY ($2::uuid[])
  AND c.merged_into IS NOT NULL
