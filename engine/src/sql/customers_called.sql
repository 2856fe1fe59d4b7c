-- What customers $2 of merchant $1 are called: each by name, else by e-mail, phone, external id or card.
SELECT wanted.id, found.called
  FROM unnest($2::uuid[]) AS wanted (id)
 CROSS JOIN LATERAL (
        SELECT coalesce(c.name,
                        (SELECT i.value
                           FROM customer_identities i
                          WHERE i.merchant_id = c.merchant_id AND i.customer_id = c.id AND i.place = 0
                          ORDER BY array_position(ARRAY['email', 'phone', 'external_id', 'card'], i.kind::text)
                          LIMIT 1)) AS called
          FROM customers c
         WHERE c.merchant_id = $1 AND c.id = wanted.id
         LIMIT 1) AS found
 WHERE found.called IS NOT NULL
