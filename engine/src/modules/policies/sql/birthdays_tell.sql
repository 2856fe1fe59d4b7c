-- Tells the policies of merchant $1 of the next customers after $4, at most $5, whose birthday is the local day $2, which those
-- with the keys $3 celebrate: in messages of a hundred. Remembers how far that is. Answers how many, and whether it was all.
WITH found AS MATERIALIZED (
    SELECT c.id
    FROM unnest($3::smallint[]) AS key (day)
    CROSS JOIN LATERAL (
        SELECT c.id
        FROM customers AS c
        WHERE c.merchant_id = $1 AND c.birth_day = key.day AND c.id > $4
        ORDER BY c.id
        LIMIT $5
    ) AS c
    ORDER BY c.id
    LIMIT $5
), news AS (
    INSERT INTO queue (module, merchant_id, payload)
    SELECT
        'policies', $1,
        jsonb_build_object('birthdays', jsonb_build_array(
            jsonb_build_object('day', $2::date, 'customers', jsonb_agg(id ORDER BY id))))
    FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / 100 AS message FROM found) AS numbered
    GROUP BY message
)
UPDATE birthday_rounds
SET day   = $2,
    after = coalesce((SELECT id FROM found ORDER BY id DESC LIMIT 1), $4),
    done  = (SELECT count(*) FROM found) < $5
WHERE merchant_id = $1
RETURNING (SELECT count(*) FROM found) AS told, done
