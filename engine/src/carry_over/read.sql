-- What promotions carry over for customers ($1..$3), each with the place of its question; no row where they carry nothing.
-- The balances of the customers are locked by now, and with them what they carry: it is only read.
SELECT asked.place, carried.remainder
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS asked (merchant_id, customer_id, promotion_id, place)
CROSS JOIN LATERAL (
    SELECT carried.remainder
    FROM carried_remainders AS carried
    WHERE carried.merchant_id = asked.merchant_id
      AND carried.customer_id = asked.customer_id
      AND carried.promotion_id = asked.promotion_id
    LIMIT 1
) AS carried
