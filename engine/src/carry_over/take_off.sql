-- Takes $4 off what the promotions $3 carry over for customer $2 of merchant $1, whose balance is locked.
INSERT INTO carried_remainders AS carried (merchant_id, customer_id, promotion_id, remainder)
SELECT $1, $2, promotion_id, -taken
FROM unnest($3::uuid[], $4::int8[]) AS new (promotion_id, taken)
ON CONFLICT (merchant_id, customer_id, promotion_id) DO UPDATE SET remainder = carried.remainder + excluded.remainder
