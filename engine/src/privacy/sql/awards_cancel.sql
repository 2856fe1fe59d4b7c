-- What policies would have given customer $2 of merchant $1 later is not given any more.
UPDATE policy_awards AS a
SET state = 'cancelled', reason = 'erased', changed_at = c.erased_at
FROM customers AS c
WHERE a.merchant_id = $1 AND a.beneficiary_id = $2 AND a.state = 'held' AND c.merchant_id = $1 AND c.id = $2
