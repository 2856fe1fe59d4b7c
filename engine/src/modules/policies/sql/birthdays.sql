-- When these customers ($2) of merchant $1 were born, and when that was written down.
SELECT c.id, c.birth_day, c.birth_year, c.birthday_set_at
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT * FROM customers AS c
    WHERE c.merchant_id = $1 AND c.id = asked.id AND c.birth_day IS NOT NULL
    LIMIT 1
) AS c
