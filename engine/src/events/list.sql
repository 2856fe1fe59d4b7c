-- What customer $2 of merchant $1 was told (kinds $3) before the event with counter $4 and id $5, the newest first.
SELECT e.id, e.sequence, e.kind, e.data, e.happened_at, e.sequence > coalesce(reads.seen, -1) AS unread
FROM events AS e
LEFT JOIN LATERAL (
    SELECT r.seen FROM notification_reads AS r WHERE r.merchant_id = $1 AND r.customer_id = $2 LIMIT 1
) AS reads ON true
WHERE e.merchant_id = $1 AND e.customer_id = $2 AND e.kind = ANY ($3) AND (e.sequence, e.id) < ($4, $5)
ORDER BY e.sequence DESC, e.id DESC
LIMIT $6
