-- New codes ($3, as they are shown $4) for the pool $2 of merchant $1 at $5, in the order of the file. What is a code of
-- the merchant already, in a pool or on a voucher, stays as it is. The reward is locked.
INSERT INTO reward_codes (merchant_id, code, reward_id, shown, added_at)
SELECT $1, new.code, $2, new.shown, $5
FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS new (code, shown, position)
WHERE NOT EXISTS (SELECT FROM vouchers AS v WHERE v.merchant_id = $1 AND v.code = new.code)
ORDER BY new.position
ON CONFLICT (merchant_id, code) DO NOTHING
