-- Who of merchant $1 had a birthday with one of the keys $2, which began at $3, the oldest first, at most $4.
SELECT c.id AS customer_id, d.at
FROM unnest($2::smallint[], $3::timestamptz[]) AS d (key, at)
CROSS JOIN LATERAL (
    SELECT c.id
    FROM customers AS c
    WHERE c.merchant_id = $1 AND c.birth_day = d.key
    ORDER BY c.id
    LIMIT $4
) AS c
ORDER BY d.at
LIMIT $4
