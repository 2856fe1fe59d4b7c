-- What of new purchases waits: one element per purchase and instant from which it can be spent.
INSERT INTO pending_points (merchant_id, purchase_id, customer_id, matures_at, points, waiting)
SELECT merchant_id, purchase_id, customer_id, matures_at, points, points
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::int8[])
     AS new (merchant_id, purchase_id, customer_id, matures_at, points)
