-- What a purchase counts as spent is what was paid for it: vouchers, points and cashback lead to no tier.
COMMENT ON COLUMN tier_counted.spend IS 'What was paid, less what returns paid back; not what vouchers, points and cashback paid.';

UPDATE tier_counted AS t
SET spend = (p.tenders ->> 'paid')::bigint - coalesce(back.paid, 0)
FROM purchases AS p
LEFT JOIN (
    SELECT merchant_id, purchase_id, sum(coalesce(paid_back, amount)) AS paid FROM returns GROUP BY merchant_id, purchase_id
) AS back ON back.merchant_id = p.merchant_id AND back.purchase_id = p.id
WHERE p.merchant_id = t.merchant_id AND p.id = t.purchase_id AND p.tenders IS NOT NULL;

UPDATE tier_activity AS a
SET spend = s.spend
FROM (
    SELECT merchant_id, customer_id, day, sum(spend)::bigint AS spend FROM tier_counted GROUP BY merchant_id, customer_id, day
) AS s
WHERE a.merchant_id = s.merchant_id AND a.customer_id = s.customer_id AND a.day = s.day AND a.spend <> s.spend;
