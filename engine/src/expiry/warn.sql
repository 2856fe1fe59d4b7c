-- Writes down warnings of merchant $1 at $2, one element per warning, and returns those that nobody had given yet, with
-- the address of the customer.
WITH given AS (
    INSERT INTO expiry_warnings (merchant_id, customer_id, expires_on, warning, points, warned_at)
    SELECT $1, customer_id, expires_on, warning, points, $2
    FROM unnest($3::uuid[], $4::date[], $5::text[], $6::int8[]) AS new (customer_id, expires_on, warning, points)
    ORDER BY customer_id, expires_on, warning
    ON CONFLICT DO NOTHING
    RETURNING customer_id, expires_on, points
)
SELECT given.customer_id, given.expires_on, given.points, identity.value AS email
FROM given
LEFT JOIN LATERAL (
    SELECT i.value
    FROM customer_identities AS i
    WHERE i.merchant_id = $1 AND i.customer_id = given.customer_id AND i.kind = 'email' AND i.place = 0
    LIMIT 1
) AS identity ON true
