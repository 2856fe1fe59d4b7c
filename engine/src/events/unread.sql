-- How many of the kinds $3 customer $2 of merchant $1 has not read; more than a hundred are a hundred. Who has read
-- nothing has not read the welcome either, whose counter is 0.
SELECT count(*) AS unread
FROM (
    SELECT
    FROM events AS e
    WHERE e.merchant_id = $1 AND e.customer_id = $2 AND e.kind = ANY ($3)
      AND e.sequence > coalesce(
          (SELECT r.seen FROM notification_reads AS r WHERE r.merchant_id = $1 AND r.customer_id = $2), -1)
    LIMIT 100
) AS unread
