-- Awards of policy $2 of merchant $1, newest first, before $3, at most $4.
WITH a AS (
    SELECT *
    FROM policy_awards
    WHERE merchant_id = $1 AND policy_id = $2 AND ($3::uuid IS NULL OR id < $3)
    ORDER BY id DESC
    LIMIT $4
)
