-- I7: what was returned is never more than was bought, per line; the state that returns are planned by is their sum; and what they took
-- back is what was posted, for each return and for each purchase.
-- Of the purchases of which something was returned by a return from $3 on.
WITH scope AS (
    SELECT return_states.*
    FROM return_states
    LEFT JOIN (
        SELECT DISTINCT purchase_id FROM returns WHERE merchant_id = $1 AND id >= $3::uuid AND $3 <> '00000000-0000-0000-0000-000000000000'
    ) AS recent USING (purchase_id)
    WHERE merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR recent.purchase_id IS NOT NULL)
), line AS (
    SELECT purchase_id, number - 1 AS line, coalesce((l.line ->> 'amount')::bigint, 0) AS amount, coalesce((l.line ->> 'quantity')::bigint, 0) AS quantity
    FROM scope AS s
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(s.state -> 'lines', '[]')) WITH ORDINALITY AS l (line, number)
), bought AS (
    SELECT
        p.id AS purchase_id,
        number - 1 AS line,
        (l.line ->> 'amount')::bigint - coalesce((l.line ->> 'discount')::bigint, 0) AS amount,
        (l.line ->> 'quantity')::bigint AS quantity
    FROM scope AS s
    JOIN purchases AS p ON p.merchant_id = $1 AND p.id = s.purchase_id
    CROSS JOIN LATERAL json_array_elements(p.lines) WITH ORDINALITY AS l (line, number)
), returned AS (
    SELECT r.purchase_id, (l ->> 'line')::bigint AS line, sum((l ->> 'amount')::bigint) AS amount, sum((l ->> 'quantity')::bigint) AS quantity
    FROM returns AS r
    LEFT JOIN scope AS s ON s.purchase_id = r.purchase_id
    CROSS JOIN LATERAL jsonb_array_elements(r.lines) AS l
    WHERE r.merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR s.purchase_id IS NOT NULL)
    GROUP BY r.purchase_id, (l ->> 'line')::bigint
), lines AS (
    SELECT
        purchase_id,
        CASE
            WHEN bought.amount IS NULL THEN format('line %s was returned and not bought', line)
            WHEN coalesce(line.amount, 0) > bought.amount OR coalesce(line.quantity, 0) > bought.quantity THEN
                format('line %s: %s for %s returned of %s for %s', line, line.quantity, line.amount, bought.quantity, bought.amount)
            WHEN coalesce(line.amount, 0) <> coalesce(returned.amount, 0) OR coalesce(line.quantity, 0) <> coalesce(returned.quantity, 0) THEN
                format('line %s: the state says %s for %s, its returns %s for %s', line, coalesce(line.quantity, 0), coalesce(line.amount, 0),
                    coalesce(returned.quantity, 0), coalesce(returned.amount, 0))
        END AS fault
    FROM line
    FULL JOIN returned USING (purchase_id, line)
    FULL JOIN bought USING (purchase_id, line)
), posted AS (
    SELECT posting_id, purchase_id, sum(amount) FILTER (WHERE account = 'issued') AS points
    FROM entries AS e
    LEFT JOIN scope AS s USING (purchase_id)
    WHERE e.merchant_id = $1 AND e.kind = 'return' AND ($3 = '00000000-0000-0000-0000-000000000000' OR s.purchase_id IS NOT NULL)
    GROUP BY posting_id, purchase_id
), taken AS (
    SELECT
        s.purchase_id,
        (
            SELECT coalesce(sum(points::bigint), 0)
            FROM jsonb_array_elements(coalesce(s.state -> 'lines', '[]')) AS l
            CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(l -> 'applied', '[]')) AS points
        ) + (
            SELECT coalesce(sum(points::bigint), 0) FROM jsonb_array_elements_text(coalesce(s.state -> 'flat', '[]')) AS points
        ) AS points
    FROM scope AS s
), faults AS (
    SELECT 'purchase ' || purchase_id AS subject, fault FROM lines WHERE fault IS NOT NULL
    UNION ALL
    SELECT 'purchase ' || purchase_id, format('returns took back %s points, posted are %s', coalesce(taken.points, 0), coalesce(posted.points, 0))
    FROM taken
    FULL JOIN (SELECT purchase_id, sum(points) AS points FROM posted GROUP BY purchase_id) AS posted USING (purchase_id)
    WHERE coalesce(taken.points, 0) <> coalesce(posted.points, 0)
    UNION ALL
    SELECT 'return ' || r.id, format('took back %s points, posted are %s', r.points, coalesce(posted.points, 0))
    FROM returns AS r
    LEFT JOIN posted ON posted.posting_id = r.id
    LEFT JOIN scope AS s ON s.purchase_id = r.purchase_id
    WHERE r.merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR s.purchase_id IS NOT NULL) AND r.points <> coalesce(posted.points, 0)
)
SELECT
    (SELECT count(*) FROM scope),
    (SELECT count(*) FROM faults),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM faults ORDER BY subject, fault LIMIT $2) AS first
    )
