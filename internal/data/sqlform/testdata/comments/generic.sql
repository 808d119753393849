-- a comment before
select a, -- about a
  b /* about b */, c
from t -- the table
where a = 1 -- first
  and b = 2;
/* a block
   of lines */
select 1;
