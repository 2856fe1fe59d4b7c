WITH whose AS (
    -- Those of merchant $1 whose ids are $2.
    SELECT asked.customer_id FROM unnest($2::uuid[]) AS asked (customer_id)
)
