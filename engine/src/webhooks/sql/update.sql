-- Changes endpoint $2 of merchant $1 at $6: address $3, kinds $4, whether it is switched on $5; nothing stays as it is.
--
-- What is switched on again, or has another address, has not failed yet. Who hears other kinds hears them from now on.
UPDATE webhook_endpoints
SET url = coalesce($3, url),
    kinds = coalesce($4::text[], kinds),
    listens_since = CASE
        WHEN $4::text[] <> kinds OR ($5::boolean AND disabled_at IS NOT NULL) THEN clock_timestamp()
        ELSE listens_since END,
    failures = CASE WHEN $3 <> url OR ($5::boolean AND disabled_at IS NOT NULL) THEN 0 ELSE failures END,
    failing_since = CASE WHEN $3 <> url OR ($5::boolean AND disabled_at IS NOT NULL) THEN NULL ELSE failing_since END,
    paused_until = CASE WHEN $3 <> url OR ($5::boolean AND disabled_at IS NOT NULL) THEN NULL ELSE paused_until END,
    disabled_at = CASE $5::boolean WHEN true THEN NULL WHEN false THEN coalesce(disabled_at, $6) ELSE disabled_at END,
    disabled_why = CASE $5::boolean WHEN true THEN NULL WHEN false THEN coalesce(disabled_why, 'merchant') ELSE disabled_why END
WHERE merchant_id = $1 AND id = $2
