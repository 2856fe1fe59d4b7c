-- A transaction of ours that began before the leaderboard of merchant $1 was seen for the first time; no row when there is
-- none.
SELECT s.pid
FROM leaderboards AS l
JOIN pg_stat_activity AS s ON s.xact_start <= l.seen_at
WHERE l.merchant_id = $1
  AND s.datname = current_database()
  AND s.application_name LIKE 'perennial%'
  AND s.pid <> pg_backend_pid()
LIMIT 1
