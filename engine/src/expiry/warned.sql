-- The warnings that were given of these customers of merchant $1 and days.
SELECT warned.customer_id, warned.expires_on, warned.warning
FROM unnest($2::uuid[], $3::date[]) AS asked (customer_id, expires_on)
CROSS JOIN LATERAL (
    SELECT w.customer_id, w.expires_on, w.warning
    FROM expiry_warnings AS w
    WHERE w.merchant_id = $1 AND w.customer_id = asked.customer_id AND w.expires_on = asked.expires_on
    LIMIT 3
) AS warned
