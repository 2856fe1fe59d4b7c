-- Those of these merchants ($1) of whom no purchase is stored.
SELECT asked.merchant_id
FROM unnest($1::uuid[]) AS asked (merchant_id)
LEFT JOIN LATERAL (
    SELECT true AS is_there
    FROM purchases AS p
    WHERE p.merchant_id = asked.merchant_id
    LIMIT 1
) AS sold ON true
WHERE sold.is_there IS NULL
