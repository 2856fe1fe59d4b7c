-- Keeps the identities $2, $3 (kinds, values) of merchant $1 that there are from being erased, in the order of their keys.
SELECT i.customer_id
FROM (
    SELECT t.kind, t.value
    FROM unnest($2::text[], $3::text[]) AS t (kind, value)
    ORDER BY t.kind, t.value COLLATE "C"
) AS asked
CROSS JOIN LATERAL (
    SELECT i.customer_id
    FROM customer_identities AS i
    WHERE i.merchant_id = $1
      AND i.kind = asked.kind
      AND i.value = asked.value
    LIMIT 1
    FOR KEY SHARE
) AS i
