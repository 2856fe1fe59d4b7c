-- What purchase $2 of merchant $1 gave in cashback.
SELECT c.explanation, c.credited_at,
       coalesce((SELECT sum(l.returned) FROM cashback_lots AS l WHERE l.merchant_id = $1 AND l.purchase_id = $2), 0)::bigint AS returned
FROM cashback_credits AS c
WHERE c.merchant_id = $1 AND c.purchase_id = $2
