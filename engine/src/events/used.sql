-- The vouchers that have paid for purchases $2 of merchant $1 and of which that was not told yet; of somebody who was erased since,
-- none. The event of a use is named by voucher and purchase, as a UUID of version 8.
SELECT v.event_id, v.id, v.customer_id, v.name, v.purchase_id
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT v.id, v.customer_id, v.name, v.purchase_id,
           overlay(overlay(md5(v.id::text || v.purchase_id::text) PLACING '8' FROM 13) PLACING '8' FROM 17)::uuid AS event_id
    FROM vouchers AS v
    WHERE v.merchant_id = $1 AND v.purchase_id = asked.id AND v.used_at IS NOT NULL
) AS v
JOIN customers AS c ON c.merchant_id = $1 AND c.id = v.customer_id AND c.erased_at IS NULL
WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.merchant_id = $1 AND e.id = v.event_id)
ORDER BY asked.id, v.id
