-- Begins a proof that compares what a module has counted: the purchases that a message of the module is still about are not
-- counted yet. Comes behind `WITH asked (module) AS (VALUES ('…'))`; $1 is the merchant.
, waiting AS MATERIALIZED (
    SELECT named.id::uuid AS purchase_id
    FROM asked
    JOIN queue AS q ON q.module = asked.module AND q.merchant_id = $1
    CROSS JOIN LATERAL jsonb_array_elements_text(
        coalesce(q.payload -> 'purchases', '[]') || coalesce(q.payload -> 'claims', '[]')) AS named (id)
    UNION
    SELECT r.purchase_id
    FROM asked
    JOIN queue AS q ON q.module = asked.module AND q.merchant_id = $1
    CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(q.payload -> 'returns', '[]')) AS named (id)
    JOIN returns AS r ON r.merchant_id = $1 AND r.id = named.id::uuid
)
