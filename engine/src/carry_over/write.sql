-- What promotions carry over for customers ($1..$3) is by now $4, in key order. It is locked by the customers' balances.
INSERT INTO carried_remainders (merchant_id, customer_id, promotion_id, remainder)
SELECT merchant_id, customer_id, promotion_id, remainder
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int8[]) AS new (merchant_id, customer_id, promotion_id, remainder)
ON CONFLICT (merchant_id, customer_id, promotion_id) DO UPDATE SET remainder = excluded.remainder
