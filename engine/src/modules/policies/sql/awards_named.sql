-- These awards with what everything is called.
SELECT a.*, p.name AS policy_name, c.name AS customer_name
FROM a
LEFT JOIN LATERAL (
    SELECT p.terms ->> 'name' AS name FROM reward_policies AS p WHERE p.merchant_id = $1 AND p.id = a.policy_id LIMIT 1
) AS p ON true
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = $1 AND c.id = a.beneficiary_id LIMIT 1
) AS c ON true
ORDER BY a.id DESC
