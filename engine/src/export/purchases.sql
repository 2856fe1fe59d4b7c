-- Up to $3 purchases of merchant $1 after id $2, in the order in which they arrived, each with its retailer, with whoever has it
-- by now and an identity that finds this customer, and with what was returned of it.
SELECT p.*,
       r.code AS retailer_code,
       r.time_zone AS retailer_zone,
       r.archived_at IS NOT NULL AS retailer_archived,
       coalesce(c.customer_id, p.customer_id) AS buyer_id,
       i.kind AS buyer_kind,
       i.value AS buyer_value,
       s.state AS returned
FROM (SELECT * FROM purchases WHERE merchant_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS p
JOIN retailers AS r ON r.merchant_id = p.merchant_id AND r.id = p.retailer_id
LEFT JOIN claims AS c
    ON c.merchant_id = p.merchant_id AND c.purchase_id = p.id AND c.claimed_at IS NOT NULL
LEFT JOIN return_states AS s ON s.merchant_id = p.merchant_id AND s.purchase_id = p.id
LEFT JOIN LATERAL (
    SELECT identity.kind, identity.value
    FROM customer_identities AS identity
    WHERE identity.merchant_id = p.merchant_id
      AND identity.customer_id = coalesce(c.customer_id, p.customer_id)
    ORDER BY identity.place, array_position(ARRAY['external_id', 'email', 'phone', 'card'], identity.kind)
    LIMIT 1
) AS i ON true
ORDER BY p.id
