-- What customers of merchant $1 have in lots, and what without a day.
SELECT count(*) FILTER (WHERE held.dated > 0) AS dated_customers,
       coalesce(sum(held.dated), 0)::bigint AS dated_points,
       count(*) FILTER (WHERE held.undated > 0) AS undated_customers,
       coalesce(sum(held.undated), 0)::bigint AS undated_points
FROM (
    SELECT sum(remaining) FILTER (WHERE expires_on < '9999-12-31') AS dated,
           sum(remaining) FILTER (WHERE expires_on = '9999-12-31') AS undated
    FROM spendable
    WHERE merchant_id = $1 AND remaining > 0
    GROUP BY customer_id
) AS held
