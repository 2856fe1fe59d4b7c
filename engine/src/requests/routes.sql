-- The routes that keys of merchant $1 have asked since hour $2; what all addresses that do not exist are counted as is none.
SELECT DISTINCT route
FROM request_counts
WHERE merchant_id = $1 AND hour >= $2 AND route LIKE '/%'
ORDER BY route
LIMIT 200
