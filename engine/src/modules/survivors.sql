-- Which of these customers ($2) of merchant $1 were merged, and into whom.
SELECT asked.id, c.merged_into
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT c.merged_into
    FROM customers AS c
    WHERE c.merchant_id = $1 AND c.id = asked.id AND c.merged_into IS NOT NULL
    LIMIT 1
) AS c
