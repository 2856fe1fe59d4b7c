-- The newest first.
WHERE r.merchant_id = $1
  AND ($2::text IS NULL OR r.state = $2)
  AND ($3::text IS NULL OR r.review = $3)
  AND ($4::uuid IS NULL OR r.advocate_id = $4)
  AND ($5::uuid IS NULL OR r.friend_id = $5)
  AND ($6::timestamptz IS NULL OR (r.registered_at, r.friend_id) < ($6, $7))
ORDER BY r.registered_at DESC, r.friend_id DESC
LIMIT $8
