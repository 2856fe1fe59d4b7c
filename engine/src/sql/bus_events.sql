-- Events by merchant and id, in the order in which they happened to each customer.
SELECT e.*, m.slug
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, id)
CROSS JOIN LATERAL (
    SELECT merchant_id, id, customer_id, sequence, kind, data, happened_at
    FROM events
    WHERE merchant_id = wanted.merchant_id AND id = wanted.id
    LIMIT 1
) AS e
CROSS JOIN LATERAL (SELECT slug FROM merchants WHERE id = wanted.merchant_id LIMIT 1) AS m
ORDER BY e.merchant_id, e.customer_id, e.sequence, e.id
