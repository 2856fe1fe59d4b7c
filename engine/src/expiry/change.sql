-- Customers with points without a day, by the local day (of zone $2) on which they last earned or spent any.
SELECT active.day, count(*) AS customers, sum(activity.undated)::bigint AS points
FROM activity
CROSS JOIN LATERAL (
    SELECT greatest(
        (activity.posted_at AT TIME ZONE $2::text)::date, (activity.matures_at AT TIME ZONE $2::text)::date) AS day
) AS active
GROUP BY active.day
