-- The oldest free code of the pool $2 of merchant $1 goes to redemption $3. The reward is locked.
UPDATE reward_codes AS c SET state = 'taken', redemption_id = $3
WHERE c.merchant_id = $1
  AND c.code = (
      SELECT code
      FROM reward_codes
      WHERE merchant_id = $1 AND reward_id = $2 AND state = 'free'
      ORDER BY number
      LIMIT 1)
