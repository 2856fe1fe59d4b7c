-- What somebody has to decide about, what has waited longest first. One that is reversed or rejected is past that.
WHERE r.merchant_id = $1
  AND r.review = 'waiting'
  AND r.review = $3
  AND r.state IN ('registered', 'qualified')
  AND ($2::text IS NULL OR r.state = $2)
  AND ($4::uuid IS NULL OR r.advocate_id = $4)
  AND ($5::uuid IS NULL OR r.friend_id = $5)
  AND ($6::timestamptz IS NULL OR (r.registered_at, r.friend_id) > ($6, $7))
ORDER BY r.registered_at, r.friend_id
LIMIT $8
