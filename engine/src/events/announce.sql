-- Events of merchant $1 ($2), told to the bus ($3: whether there is one) and to the pages of the customers.
--
-- An event of a customer that has no counter takes the next one; the balances of these customers are locked.
WITH new AS MATERIALIZED (
    SELECT given.*,
           count(*) FILTER (WHERE given.sequence IS NULL)
               OVER (PARTITION BY given.customer_id ORDER BY given.place) AS number
    FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (
        id uuid, customer_id uuid, sequence bigint, kind text, data jsonb, happened_at timestamptz))
        WITH ORDINALITY AS given (id, customer_id, sequence, kind, data, happened_at, place)
), wanted AS MATERIALIZED (
    SELECT customer_id, count(*) AS numbers
    FROM new
    WHERE customer_id IS NOT NULL AND sequence IS NULL
    GROUP BY customer_id
), counted AS (
    UPDATE balances AS b
    SET sequence = b.sequence + wanted.numbers
    FROM wanted
    WHERE b.merchant_id = $1 AND b.customer_id = wanted.customer_id
    RETURNING b.customer_id, b.sequence - wanted.numbers AS before
), event AS (
    INSERT INTO events (merchant_id, id, customer_id, sequence, kind, data, happened_at)
    SELECT $1, new.id, new.customer_id, coalesce(new.sequence, counted.before + new.number), new.kind, new.data,
           new.happened_at
    FROM new
    LEFT JOIN counted USING (customer_id)
    ON CONFLICT (merchant_id, id) DO NOTHING
    RETURNING id, customer_id, sequence
), message AS (
    INSERT INTO queue (module, merchant_id, payload)
    SELECT listener.module, $1, jsonb_build_object('events', told.ids)
    FROM (SELECT jsonb_agg(id ORDER BY customer_id, sequence, id) AS ids FROM event) AS told
    CROSS JOIN (
        SELECT 'bus' AS module WHERE $3
        UNION ALL
        SELECT 'webhooks' WHERE EXISTS (SELECT FROM webhook_endpoints WHERE merchant_id = $1 AND disabled_at IS NULL)
    ) AS listener
    WHERE told.ids IS NOT NULL
), page AS (
    INSERT INTO outbox (module, merchant_id, payload)
    SELECT 'live', $1, jsonb_build_object(
        -- Beyond so many it says "everybody", which costs less than the list and fits into a notification.
        'customers', CASE WHEN count(*) <= 200 THEN jsonb_agg(customer_id ORDER BY customer_id) END)
    FROM wanted
    HAVING count(*) > 0
)
SELECT id FROM event
