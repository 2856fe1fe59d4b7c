-- A code, how often its links were followed and how many came by it, or by another code of the same customer.
SELECT
    c.code, c.customer_id, c.created_at, c.disabled_at,
    (SELECT coalesce(sum(v.clicks), 0)::bigint
       FROM referral_codes AS own
       JOIN referral_visits AS v ON v.merchant_id = own.merchant_id AND v.code = own.code
      WHERE own.merchant_id = c.merchant_id AND own.customer_id = c.customer_id) AS clicks,
    (SELECT count(*) FROM referrals AS r
      WHERE r.merchant_id = c.merchant_id AND r.advocate_id = c.customer_id AND r.state <> 'rejected') AS friends
FROM referral_codes AS c
