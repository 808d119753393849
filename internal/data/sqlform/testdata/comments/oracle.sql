select /*+ FULL(t) */ a -- b
from t
-- before where
where c = 1;
