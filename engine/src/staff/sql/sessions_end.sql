-- Ends the sessions of account $1: those at merchant $2, or all of them when that is NULL. The whole table is read; nothing that
-- happens often asks for it.
DELETE FROM sessions
WHERE data #>> '{who,staff}' = $1 AND ($2::text IS NULL OR data #>> '{who,merchant}' = $2)
