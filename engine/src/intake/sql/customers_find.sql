-- Who these references mean, each with the place of its reference.
SELECT asked.place, i.customer_id
FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (merchant_id, kind, value, place)
CROSS JOIN LATERAL (
    SELECT i.customer_id
    FROM customer_identities AS i
    WHERE i.merchant_id = asked.merchant_id
      AND i.kind = asked.kind
      AND i.value = asked.value
    LIMIT 1
) AS i
