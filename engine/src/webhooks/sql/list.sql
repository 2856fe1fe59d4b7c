-- Endpoints of merchant $1, newest first: all, or $2 alone; before $3; at most $4; as they are at $5; whose addresses are like $6;
-- in state $7.
SELECT w.id, w.url, w.kinds, w.created_at, w.disabled_at, w.disabled_why, w.failing_since, w.paused_until,
       w.last_success_at,
       (SELECT count(*)
        FROM (SELECT FROM webhook_deliveries AS d
              WHERE d.merchant_id = w.merchant_id AND d.endpoint_id = w.id AND d.state = 'waiting'
              LIMIT 1000) AS waiting) AS waiting,
       (SELECT max(s.expires_at)
        FROM webhook_secrets AS s
        WHERE s.merchant_id = w.merchant_id AND s.endpoint_id = w.id AND s.expires_at > $5) AS old_secret_until
FROM webhook_endpoints AS w
WHERE w.merchant_id = $1 AND ($2::uuid IS NULL OR w.id = $2) AND ($3::uuid IS NULL OR w.id < $3)
  AND ($6::text IS NULL OR w.url ILIKE $6)
  AND ($7::text IS NULL OR $7 = CASE WHEN w.disabled_at IS NOT NULL THEN 'disabled'
                                     WHEN w.failing_since IS NOT NULL THEN 'failing'
                                     ELSE 'active' END)
ORDER BY w.id DESC
LIMIT $4
