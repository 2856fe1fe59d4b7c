-- What each of these customers ($2) of merchant $1 is called, and whether the customer wants letters of the kind in the
-- same place of $3, in the order of the places. Who is nobody yet has no name and wants everything.
SELECT c.name, coalesce(p.email, true) AS wants_it
FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS asked (customer_id, kind, place)
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = $1 AND c.id = asked.customer_id LIMIT 1
) AS c ON true
LEFT JOIN LATERAL (
    SELECT p.email
    FROM message_preferences AS p
    WHERE p.merchant_id = $1 AND p.customer_id = asked.customer_id AND p.kind = asked.kind
    LIMIT 1
) AS p ON true
ORDER BY asked.place
