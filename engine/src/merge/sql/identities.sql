-- What customer $2 of merchant $1 was found by finds $3 from now on. Of a kind that $3 has the first stays the first.
WITH moving AS (
    SELECT
        i.kind,
        i.value,
        coalesce((
            SELECT max(own.place) + 1
            FROM customer_identities AS own
            WHERE own.merchant_id = $1 AND own.customer_id = $3 AND own.kind = i.kind
        ), 0) + row_number() OVER (PARTITION BY i.kind ORDER BY i.place) - 1 AS place
    FROM customer_identities AS i
    WHERE i.merchant_id = $1 AND i.customer_id = $2
)
UPDATE customer_identities AS i
SET customer_id = $3, place = moving.place::smallint, merged_from = coalesce(i.merged_from, $2)
FROM moving
WHERE i.merchant_id = $1 AND i.kind = moving.kind AND i.value = moving.value
