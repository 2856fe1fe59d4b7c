-- Deletes leased messages of module $1. Those whose lease was lost meanwhile have another fence and stay.
DELETE FROM queue AS q
USING unnest($2::int8[], $3::int8[]) AS mine (id, fence)
WHERE q.module = $1 AND q.id = mine.id AND q.fence = mine.fence
